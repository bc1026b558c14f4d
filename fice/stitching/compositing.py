"""Stitching: what of the generated image goes into the photo, and proof that the rest did not."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from ..base.errors import ShapeError
from ..base.shapes import check_image

STRIP = 64  # rows


@dataclass(frozen=True)
class Stitched:
    """A composite.

    Attributes:
        image: `[B, 3, H, W]`.
        mask: the mask that was used, `[B, 1, H, W]`; where it is 0, `image` is the photo bit for
            bit.
    """

    image: Tensor
    mask: Tensor


def blend(photo: Tensor, generated: Tensor, mask: Tensor) -> Stitched:
    """`mask · generated + (1 - mask) · photo`, and exactly `photo` where the mask is 0.

    Args:
        photo: `[B, 3, H, W]` in [0, 1].
        generated: as `photo`.
        mask: `[B, 1, H, W]` in [0, 1].

    Raises:
        ShapeError: if the shapes differ.
    """
    _check_same_size(photo, generated, mask)
    mixed = mask * generated + (1.0 - mask) * photo
    return Stitched(torch.where(mask == 0.0, photo, mixed), mask)


def max_change_outside(before: Tensor, after: Tensor, mask: Tensor) -> Tensor:
    """Largest difference of a value where `mask` is 0, of each image `[B]`; 0 proves a stitch."""
    _check_same_size(before, after, mask)
    most = before.new_zeros(len(before))
    # Strip by strip: the differences of a whole large photo would not stay in the cache.
    for top in range(0, before.shape[-2], STRIP):
        old, new, here = (one[..., top : top + STRIP, :] for one in (before, after, mask))
        change = (new - old).abs_().amax(1, keepdim=True).masked_fill_(here != 0.0, 0.0)
        most = torch.maximum(most, change.flatten(1).amax(1))
    return most


def _check_same_size(photo: Tensor, generated: Tensor, mask: Tensor) -> None:
    size = tuple(check_image(photo, "photo").shape)
    if tuple(generated.shape) != size:
        raise ShapeError("The generated image", tuple(generated.shape), size, "Resize it first.")
    expected = (size[0], 1, *size[2:])
    if tuple(mask.shape) != expected:
        raise ShapeError("The mask", tuple(mask.shape), expected, "Resize it first.")
