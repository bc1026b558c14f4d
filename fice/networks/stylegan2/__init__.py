"""The StyleGAN2 generator in plain torch."""

from .config import GeneratorConfig, config_from_state
from .generator import (
    FrozenGenerator,
    Generator,
    generator_from_state,
    generator_that_takes,
    latent_statistics,
)
from .mapping import MappingNetwork
from .synthesis import NoiseMode, SynthesisNetwork

__all__ = [
    "FrozenGenerator",
    "Generator",
    "GeneratorConfig",
    "MappingNetwork",
    "NoiseMode",
    "SynthesisNetwork",
    "config_from_state",
    "generator_from_state",
    "generator_that_takes",
    "latent_statistics",
]
