"""Multi-band blending (Burt and Adelson 1983): coarse bands meet softly, fine ones sharply."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from .depth import depth_inside

BINOMIAL = (1.0, 4.0, 6.0, 4.0, 1.0)
COARSEST_FRACTION = 1 / 64  # of the longer side: width of the softest transition


def blend_pyramid(photo: Tensor, generated: Tensor, mask: Tensor) -> Tensor:
    """Joins `photo` and `generated` band by band, `[B, 3, H, W]`.

    Only the difference of the two is taken apart, so equal pictures come back as they were. Coarse
    bands reach beyond the mask; they are faded out towards its border, or the border would show.
    """
    levels = _levels(photo)
    bands = _bands(generated - photo, levels)
    masks = _gaussian(mask, levels)
    change = bands[-1] * masks[-1]
    for band, soft in zip(reversed(bands[:-1]), reversed(masks[:-1]), strict=True):
        change = _up(change, band) + band * soft
    fade = depth_inside(mask, 2 ** (levels - 1))
    return photo + fade * change


def _levels(photo: Tensor) -> int:
    """Bands such that the coarsest is as wide as the transition may be."""
    width = max(photo.shape[-2:]) * COARSEST_FRACTION
    return 1 + max(0, round(math.log2(max(1.0, width))))


def _gaussian(image: Tensor, levels: int) -> list[Tensor]:
    """`image` and ever smaller, smoother copies."""
    copies = [image]
    for _ in range(levels - 1):
        copies.append(_down(copies[-1]))
    return copies


def _bands(image: Tensor, levels: int) -> list[Tensor]:
    """What each size adds to the next smaller one; the last is the smallest copy itself."""
    copies = _gaussian(image, levels)
    fine = [copies[i] - _up(copies[i + 1], copies[i]) for i in range(levels - 1)]
    return [*fine, copies[-1]]


def _down(image: Tensor) -> Tensor:
    """Blurred by the binomial kernel, every second row and column kept."""
    line = image.new_tensor(BINOMIAL) / sum(BINOMIAL)
    kernel = torch.outer(line, line).expand(image.shape[1], 1, -1, -1)
    # Repeated and not mirrored, which works for pictures that are smaller than the kernel.
    padded = F.pad(image, (2, 2, 2, 2), mode="replicate")
    return F.conv2d(padded, kernel, stride=2, groups=image.shape[1])


def _up(image: Tensor, like: Tensor) -> Tensor:
    return F.interpolate(image, like.shape[-2:], mode="bilinear", align_corners=False)
