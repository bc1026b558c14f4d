"""FICE's `generator.pt`: NVIDIA's state dict and constructor arguments (formats, section 1.1)."""

from __future__ import annotations

from collections.abc import Mapping

from ..networks.stylegan2 import config_from_state
from ..networks.stylegan2.config import DEFAULT_CONV_CLAMP, DEFAULT_LR_MULTIPLIER
from .generator_weights import GeneratorFormat, GeneratorWeights, tensors
from .reader import Checkpoint
from .tensors import entries


def conv_clamp(kwargs: Mapping[str, object]) -> float | None:
    """Clamp of the activations by the constructor arguments `kwargs`.

    stylegan2-ada nests it and clamps only if it is given; the stylegan3 repository has it flat and
    clamps by default, and so did every published file whose arguments are lost.
    """
    nested = entries(kwargs.get("synthesis_kwargs"))
    value = nested.get("conv_clamp") if nested else kwargs.get("conv_clamp", DEFAULT_CONV_CLAMP)
    return float(value) if isinstance(value, (int, float)) and value > 0 else None


def _detect(checkpoint: Checkpoint) -> bool:
    return "mapping.fc0.weight" in entries(entries(checkpoint.content).get("G"))


def _read(checkpoint: Checkpoint) -> GeneratorWeights:
    state = tensors(entries(entries(checkpoint.content).get("G")))
    kwargs = entries(entries(checkpoint.content).get("G_kwargs"))
    mapping = entries(kwargs.get("mapping_kwargs"))
    rate = mapping.get("lr_multiplier", DEFAULT_LR_MULTIPLIER)
    rate = float(rate) if isinstance(rate, (int, float)) else DEFAULT_LR_MULTIPLIER
    return GeneratorWeights(config_from_state(state, conv_clamp(kwargs), rate), state)


FICE_GENERATOR = GeneratorFormat("FICE generator.pt", _detect, _read)
