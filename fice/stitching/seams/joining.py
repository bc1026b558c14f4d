"""All ways to join a generated picture and a photo, under one promise."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TypeAlias

import torch
from torch import Tensor

from ...base.errors import ImageError
from ..compositing import Stitched, blend
from .colour_match import blend_colour_matched
from .poisson import blend_poisson
from .pyramid import blend_pyramid

SeamMethod: TypeAlias = Callable[[Tensor, Tensor, Tensor], Tensor]
"""Photo and generated picture `[B, 3, H, W]` and mask `[B, 1, H, W]` to an image `[B, 3, H, W]`."""

DEFAULT_SEAM = "colour match"
"""Chosen by looking and by figures, see docs/stitching.md."""

PAPER_SEAM = "alpha"
"""What FICE does."""


def blend_alpha(photo: Tensor, generated: Tensor, mask: Tensor) -> Tensor:
    """`mask · generated + (1 - mask) · photo`."""
    return blend(photo, generated, mask).image


SEAM_METHODS: Mapping[str, SeamMethod] = MappingProxyType(
    {
        "alpha": blend_alpha,
        "pyramid": blend_pyramid,
        "poisson": blend_poisson,
        "colour match": blend_colour_matched,
    }
)
"""Seam methods by the name that programs and nodes offer."""


def join(photo: Tensor, generated: Tensor, mask: Tensor, seam: str = DEFAULT_SEAM) -> Stitched:
    """Joins two pictures by a method of `SEAM_METHODS`.

    Whatever the method does, the result is in [0, 1] where the mask is not 0, and the photo bit
    for bit where it is.

    Args:
        photo: `[B, 3, H, W]` in [0, 1].
        generated: as `photo`; clamped here.
        mask: `[B, 1, H, W]` in [0, 1].
        seam: name of the method.

    Raises:
        ImageError: if there is no such method.
        ShapeError: if the shapes differ.
    """
    if seam not in SEAM_METHODS:
        raise ImageError(f"There is no seam method {seam!r}; choose {', '.join(SEAM_METHODS)}.")
    generated = generated.clamp(0.0, 1.0)
    # Plain blending checks the shapes, and is the answer where there is nothing to join.
    plain = blend(photo, generated, mask)
    if seam == PAPER_SEAM or not bool(mask.any()):
        return plain
    joined = SEAM_METHODS[seam](photo, generated, mask).clamp(0.0, 1.0)
    return Stitched(torch.where(mask == 0.0, photo, joined), mask)
