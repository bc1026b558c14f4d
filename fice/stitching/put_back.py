"""Putting an edited crop back into its photo; all else is never touched."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TypeAlias

import torch
from torch import Tensor

from ..base.errors import ShapeError
from ..base.frame import Box, Frame, area, intersection
from ..base.images import resample, resize
from ..base.shapes import check_image, check_mask, check_shape
from .compositing import Stitched, blend
from .seams import DEFAULT_SEAM, join

Join: TypeAlias = Callable[[Tensor, Tensor, Tensor], Stitched]
"""Joins photo, patch and mask of one size; see `fice.seams`."""


JOIN_MARGIN = 1 / 16  # of the mask's longer side: the surroundings that a seam method gets to see


def mask_in_photo(mask: Tensor, frame: Frame) -> Tensor:
    """A mask of the crop as a mask of the photo, `[B, 1, H, W]`, with exact zeros elsewhere.

    Args:
        mask: `[B, 1, h, w]` in [0, 1], at the size of the generator.
        frame: where the crop lies.

    Raises:
        ShapeError: if `mask` has not the size of the frame.
    """
    check_shape(mask, ("B", 1, *frame.size), "mask", "Give the mask of the crop.")
    whole = mask.new_zeros(len(mask), 1, *frame.photo_size)
    left, top, right, bottom = frame.visible
    whole[..., top:bottom, left:right] = _on_photo(resize(mask, frame.box_size), frame)
    return whole


def inside_frame(frame: Frame, reach: int) -> Tensor:
    """A mask of the crop that falls to 0 at the edges of the frame, `[1, 1, h, w]`.

    For masks that cover all of a crop, whose edge would show as a rectangle. Edges where the photo
    ends, too, stay 1.

    Args:
        frame: where the crop lies.
        reach: width of the slope in pixels of the crop.
    """
    left, top, right, bottom = frame.box
    height, width = frame.photo_size
    rows = _slope(frame.size[0], reach, begins=top > 0, ends=bottom < height)
    columns = _slope(frame.size[1], reach, begins=left > 0, ends=right < width)
    return torch.outer(rows, columns)[None, None]


def put_back(
    photo: Tensor, patch: Tensor, mask: Tensor, frame: Frame, join: Join = blend
) -> Stitched:
    """Puts an edited crop into the photo at full resolution.

    Args:
        photo: `[B, 3, H, W]` in [0, 1].
        patch: the edited crop, `[B, 3, h, w]`, clamped to [0, 1] here.
        mask: what of the photo to replace, `[B, 1, H, W]` in [0, 1]; see `mask_in_photo`.
        frame: how the crop was taken.
        join: how photo and patch meet, one of `fice.seams.SEAM_METHODS`.

    Returns:
        A new photo, equal to the old one bit for bit where the returned mask is 0: where `mask` is
        0, and beyond the frame.

    Raises:
        ShapeError: if photo, patch or mask have other sizes than `frame`.
    """
    _check_sizes(photo, patch, mask, frame)
    used = _only_inside(mask, frame)
    result = photo.clone()
    touched = _surroundings(used, frame)
    if area(touched) == 0:
        return Stitched(result, used)
    left, top, right, bottom = touched
    here = (..., slice(top, bottom), slice(left, right))
    x, y = frame.visible[:2]
    large = _on_photo(resample(patch.clamp(0.0, 1.0), frame.box_size), frame)
    near = large[..., top - y : bottom - y, left - x : right - x]
    result[here] = join(photo[here], near, used[here]).image
    return Stitched(result, used)


def _slope(size: int, reach: int, *, begins: bool, ends: bool) -> Tensor:
    """0 at the ends that are wanted, 1 from `reach` pixels on, `[size]`."""
    line = torch.arange(size) / max(1, reach)
    ones = torch.ones(size)
    rising = line.clamp(max=1.0) if begins else ones
    return torch.minimum(rising, line.flip(0).clamp(max=1.0) if ends else ones)


def _check_sizes(photo: Tensor, patch: Tensor, mask: Tensor, frame: Frame) -> None:
    check_image(photo, "photo")
    check_mask(mask)
    count = len(photo)
    hint = "Photo, crop and mask must belong to this frame."
    expected = {"photo": (photo, 3, frame.photo_size), "mask": (mask, 1, frame.photo_size)}
    expected["patch"] = (patch, 3, frame.size)
    for what, (tensor, channels, size) in expected.items():
        wanted = (count, channels, *size)
        if tuple(tensor.shape) != wanted:
            raise ShapeError(f"The {what}", tuple(tensor.shape), wanted, hint)


def _only_inside(mask: Tensor, frame: Frame) -> Tensor:
    """`mask` where the frame has something to show, else 0."""
    left, top, right, bottom = frame.visible
    inside = torch.zeros_like(mask)
    inside[..., top:bottom, left:right] = mask[..., top:bottom, left:right]
    return inside


def _surroundings(mask: Tensor, frame: Frame) -> Box:
    """The smallest box around all that is not 0, a margin wider; empty if there is nothing."""
    somewhere = (mask != 0).flatten(0, 1).any(0)
    rows, columns = somewhere.any(1).nonzero(), somewhere.any(0).nonzero()
    if len(rows) == 0:
        return (0, 0, 0, 0)
    left, right = int(columns[0]), int(columns[-1]) + 1
    top, bottom = int(rows[0]), int(rows[-1]) + 1
    margin = 2 + round(max(right - left, bottom - top) * JOIN_MARGIN)
    wider = (left - margin, top - margin, right + margin, bottom + margin)
    return intersection(wider, frame.visible)


def _on_photo(patch: Tensor, frame: Frame) -> Tensor:
    """The rows and columns of a patch of `box_size` that lie on the photo."""
    x, y = frame.box[:2]
    left, top, right, bottom = frame.visible
    return patch[..., top - y : bottom - y, left - x : right - x]


def stitch_each(
    photo: Tensor,
    patch: Tensor,
    masks: Sequence[Tensor],
    frames: Sequence[Frame],
    seam: str = DEFAULT_SEAM,
) -> Stitched:
    """Puts each edited crop into its photo; see `fice.framing.put_back`.

    Args:
        photo: `[B, 3, H, W]` in [0, 1].
        patch: the edited crops, `[B, 3, h, w]`, as the frames show them but of any size.
        masks: of each photo, `[1, 1, H, W]`.
        frames: of each photo; one that is `untouched` takes no mask.
        seam: one of `fice.seams.SEAM_METHODS`.
    """
    size = (patch.shape[-2], patch.shape[-1])
    parts = zip(photo.split(1), patch.split(1), masks, frames, strict=True)
    done = [
        put_back(
            one,
            new,
            torch.zeros_like(mask) if frame.untouched else mask,
            replace(frame, size=size),
            partial(join, seam=seam),
        )
        for one, new, mask, frame in parts
    ]
    return Stitched(_batch([one.image for one in done]), _batch([one.mask for one in done]))


def _batch(images: Sequence[Tensor]) -> Tensor:
    """As `torch.cat`, without another copy of a single, large photo."""
    return images[0] if len(images) == 1 else torch.cat(list(images))
