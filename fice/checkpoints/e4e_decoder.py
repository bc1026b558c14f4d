"""The generator that an e4e or pSp file carries along as `decoder.*` (formats, section 1.2).

Official files have it in rosinality's names, FICE's in NVIDIA's.
"""

from __future__ import annotations

from torch import Tensor

from ..networks.stylegan2 import config_from_state
from ..networks.stylegan2.config import DEFAULT_CONV_CLAMP
from .generator_weights import GeneratorFormat, GeneratorWeights, tensors
from .reader import Checkpoint
from .rosinality import DETECT_KEY, rosinality_weights
from .tensors import entries

PREFIX = "decoder."


def _decoder(checkpoint: Checkpoint) -> dict[str, object]:
    state = entries(entries(checkpoint.content).get("state_dict"))
    return {k.removeprefix(PREFIX): v for k, v in state.items() if str(k).startswith(PREFIX)}


def _detect(checkpoint: Checkpoint) -> bool:
    decoder = _decoder(checkpoint)
    return DETECT_KEY in decoder or "mapping.fc0.weight" in decoder


def _read(checkpoint: Checkpoint) -> GeneratorWeights:
    decoder = _decoder(checkpoint)
    if DETECT_KEY in decoder:
        latent_avg = entries(checkpoint.content).get("latent_avg")
        return rosinality_weights(decoder, latent_avg if isinstance(latent_avg, Tensor) else None)
    state = tensors(decoder)
    return GeneratorWeights(config_from_state(state, DEFAULT_CONV_CLAMP), state)


E4E_DECODER = GeneratorFormat("decoder of an e4e or pSp .pt", _detect, _read)
