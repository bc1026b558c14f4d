"""The StyleGAN2 generator in plain torch."""

from fice.stylegan2.config import GeneratorConfig, config_from_state
from fice.stylegan2.generator import Generator, generator_from_state, latent_statistics
from fice.stylegan2.mapping import MappingNetwork
from fice.stylegan2.synthesis import NoiseMode, SynthesisNetwork

__all__ = [
    "Generator",
    "GeneratorConfig",
    "MappingNetwork",
    "NoiseMode",
    "SynthesisNetwork",
    "config_from_state",
    "generator_from_state",
    "latent_statistics",
]
