"""What every generator format delivers, and the checks that all of them need."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from ..base.errors import CheckpointError
from ..networks.stylegan2 import GeneratorConfig
from ..networks.stylegan2.upfirdn import binomial_filter
from .reader import Checkpoint
from .state import check_finite
from .tensors import named_tensors

ALIAS_FREE_KEY = "synthesis.input.weight"


@dataclass(frozen=True)
class GeneratorWeights:
    """A generator's architecture and its state dict in NVIDIA's names."""

    config: GeneratorConfig
    state: dict[str, Tensor]


@dataclass(frozen=True)
class GeneratorFormat:
    """One kind of file that holds a StyleGAN2 generator.

    Attributes:
        name: for messages and documentation.
        detect: whether a file is of this kind, by its content.
        read: its weights; raises CheckpointError if they are incomplete.
    """

    name: str
    detect: Callable[[Checkpoint], bool]
    read: Callable[[Checkpoint], GeneratorWeights]


def tensors(state: Mapping[str, object]) -> dict[str, Tensor]:
    """The tensors of `state`.

    Raises:
        CheckpointError: if they are of a generator that is not supported.
    """
    found = named_tensors(state)
    if ALIAS_FREE_KEY in found:
        raise CheckpointError(
            "this is an alias-free StyleGAN3 generator (config T or R). FICE edits the W+ of "
            "StyleGAN2: use a StyleGAN2 file (`--cfg=stylegan2` in the stylegan3 repository)."
        )
    return found


def check_weights(weights: GeneratorWeights) -> None:
    """Refuses weights that load but cannot make an image.

    Raises:
        CheckpointError: naming the first tensor that is not finite or not as in any StyleGAN2.
    """
    if weights.config.img_channels != 3:
        count = weights.config.img_channels
        raise CheckpointError(f"the generator makes images of {count} channels, expected RGB.")
    check_finite(weights.state)
    for name, tensor in weights.state.items():
        if name.endswith("resample_filter") and not _is_binomial(tensor):
            raise CheckpointError(f"{name} is not the filter [1, 3, 3, 1]: not supported.")


def _is_binomial(fir: Tensor) -> bool:
    expected = binomial_filter()
    return fir.shape == expected.shape and torch.allclose(fir.float(), expected, atol=1e-4)
