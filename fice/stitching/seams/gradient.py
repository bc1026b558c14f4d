"""A figure for how visible a seam is."""

from __future__ import annotations

import torch
from torch import Tensor

from ...base.shapes import check_image, check_mask

GREY_LEVEL = 1.0 / 255.0  # keeps the ratio finite in a flat photo, where less cannot be seen


def seam_gradient(image: Tensor, photo: Tensor, mask: Tensor) -> Tensor:
    """How much steeper `image` is across the border of `mask` than the photo was, `[B]`.

    The mean step between neighbouring pixels, weighted by the step of the mask between them, over
    the same mean of the photo. 1 is a seam as smooth as the photo itself; a soft mask counts along
    its whole slope. A step where both sides lie in or both lie out of the mask counts nothing.

    Args:
        image: stitched image, `[B, 3, H, W]` in [0, 1].
        photo: what it was stitched into.
        mask: the mask that was used, `[B, 1, H, W]` in [0, 1].
    """
    check_mask(mask)
    new, old = (_step(check_image(one), mask) for one in (image, photo))
    return (new + GREY_LEVEL) / (old + GREY_LEVEL)


def _step(image: Tensor, mask: Tensor) -> Tensor:
    """Mean step of `image` across the border of `mask`, `[B]`; 0 where there is no border."""
    total = image.new_zeros(len(image))
    weights = image.new_zeros(len(image))
    for axis in (-2, -1):
        weight = mask.diff(dim=axis).abs()
        step = image.diff(dim=axis).abs().mean(1, keepdim=True)
        total += (weight * step).flatten(1).sum(1)
        weights += weight.flatten(1).sum(1)
    return torch.where(weights > 0, total / weights.clamp(min=1e-12), 0.0)
