"""Bringing the picture of a generator closer to a photo: by its W+, then by its weights.

Pixels are compared at several sizes instead of by LPIPS, whose network the shipped models have not.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from ..base.shapes import check_shape
from ..base.types import Synthesizer
from ..guidance.terms import Candidate, WeightedTerm
from . import InversionConfig, invert
from .step import InversionStep

SCALES = 4  # the photo itself and three halvings: coarse ones guide where fine ones do not agree
REFINE = InversionConfig(steps=100, learning_rate=0.02, schedule="warmup_cosine")
"""From the encoder's W+, which is near already."""

FROM_MEAN = InversionConfig(steps=300, learning_rate=0.05, schedule="warmup_cosine", whiten=True)
"""From the mean figure, in units of w_std so that common directions are easy to take."""


def pyramid_error(image: Tensor, target: Tensor) -> Tensor:
    """Mean squared error averaged over `SCALES` sizes, `[B]`.

    Args:
        image: `[B, 3, H, W]`.
        target: likewise, or `[1, 3, H, W]`.
    """
    error = torch.zeros(len(image), device=image.device)
    difference = image - target
    for scale in range(SCALES):
        if scale and min(difference.shape[-2:]) >= 2:
            difference = F.avg_pool2d(difference, 2)
        error = error + difference.square().flatten(1).mean(1)
    return error / SCALES


@dataclass(frozen=True, eq=False)
class PyramidTerm:
    """Loss term of `pyramid_error`.

    Attributes:
        target: the photo, `[B, 3, H, W]` at the size of the generator.
        name: key in reports.
    """

    target: Tensor
    name: str = "photo"

    def __call__(self, candidate: Candidate) -> Tensor:
        """Loss `[B]`."""
        return pyramid_error(candidate.image, self.target)


def project(
    synthesizer: Synthesizer, photo: Tensor, start_ws: Tensor, config: InversionConfig
) -> Iterator[InversionStep]:
    """Moves W+ until the generator draws `photo`; see `fice.inversion.invert`.

    Args:
        synthesizer: the generator.
        photo: `[B, 3, H, W]` in [0, 1], at its size.
        start_ws: `[B, num_ws, w_dim]`.
        config: `REFINE`, `FROM_MEAN`, or other numbers.
    """
    check_shape(photo, (len(start_ws), 3, *synthesizer.resolution), "photo", "Resize it first.")
    return invert(synthesizer, start_ws, [WeightedTerm(PyramidTerm(photo), 1.0)], config)
