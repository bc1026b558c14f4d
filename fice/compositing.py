"""Stitching: what of the generated image goes into the photo, and proof that the rest did not."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from .errors import ShapeError
from .masks import feather_outwards, fill_holes, grow
from .shapes import check_image, check_mask

# Below half a grey level of 8 bits a mask changes nothing that can be seen or stored.
INVISIBLE = 0.5 / 255.0
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


def stitch_head(photo: Tensor, generated: Tensor, head: Tensor) -> Stitched:
    """FICE's stitching: the generated image with the head of the photo, both soft.

    Args:
        photo: `[B, 3, H, W]` in [0, 1].
        generated: as `photo`.
        head: P(head) of the photo, `[B, 1, H, W]`.
    """
    return blend(photo, generated, 1.0 - head)


def garment_mask(
    before: Tensor,
    after: Tensor,
    head: Tensor | None = None,
    *,
    grow_by: int = 2,
    feather: int = 2,
    holes: bool = True,
) -> Tensor:
    """Where a new garment replaces an old one: the union of both, grown, without the head.

    Args:
        before: P(garment) of the photo, `[B, 1, H, W]`.
        after: P(garment) of the generated image.
        head: P(head) of the photo, which stays the photo's; half and more of it keeps all.
        grow_by: pixels added all around, so that no rim of the old garment shows.
        feather: pixels over which the mask then falls to 0.
        holes: whether a hole in the union belongs to it.

    Returns:
        `[B, 1, H, W]` in [0, 1], with exact zeros outside.
    """
    union = (torch.maximum(check_mask(before), check_mask(after)) > 0.5).to(before)
    whole = fill_holes(union) if holes else union
    mask = feather_outwards(grow(whole, grow_by), feather)
    if head is not None:
        mask = mask * (1.0 - 2.0 * head).clamp(min=0.0)
    return torch.where(mask < INVISIBLE, torch.zeros_like(mask), mask)


def stitch_garment(
    photo: Tensor,
    generated: Tensor,
    before: Tensor,
    after: Tensor,
    head: Tensor | None = None,
    *,
    grow_by: int = 2,
    feather: int = 2,
) -> Stitched:
    """Puts only the garment of `generated` into `photo`; see `garment_mask` for the arguments."""
    mask = garment_mask(before, after, head, grow_by=grow_by, feather=feather)
    return blend(photo, generated.clamp(0.0, 1.0), mask)


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
