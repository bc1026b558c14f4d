"""Taking the framed part out of a photo, and putting it back; all else is never touched."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from ..base.frame import Frame, Padding
from ..base.images import resample
from ..base.shapes import check_shape


def crop(image: Tensor, frame: Frame) -> Tensor:
    """What `frame` shows of a photo, at the size of the generator.

    Smaller crops are averaged and larger ones interpolated with a cubic kernel; at scale 1 the
    pixels are copied.

    Args:
        image: photo `[B, 3, H, W]` in [0, 1], or a mask `[B, 1, H, W]`, which is 0 beyond the
            photo.
        frame: made for a photo of H by W.

    Returns:
        `[B, C, h, w]` in [0, 1].

    Raises:
        ShapeError: if `image` has another size than the photo of `frame`.
    """
    check_shape(image, ("B", image.shape[1], *frame.photo_size), "image", "It is another photo's.")
    left, top, right, bottom = frame.visible
    part = image[..., top:bottom, left:right]
    if frame.visible != frame.box:
        part = _pad(part, frame)
    return resample(part, frame.size)


def _pad(part: Tensor, frame: Frame) -> Tensor:
    """`part` with what lies beyond the photo around it, at the size of the box."""
    left, top, right, bottom = frame.box
    visible = frame.visible
    around = [visible[0] - left, right - visible[2], visible[1] - top, bottom - visible[3]]
    if part.shape[1] == 1:
        return F.pad(part, around)
    if frame.padding == "white":
        return F.pad(part, around, value=1.0)
    rows = _indices(part.shape[-2], around[2], around[3], frame.padding).to(part.device)
    columns = _indices(part.shape[-1], around[0], around[1], frame.padding).to(part.device)
    return part.index_select(-2, rows).index_select(-1, columns)


def _indices(size: int, before: int, after: int, padding: Padding) -> Tensor:
    """Which of `size` pixels each pixel of a padded line shows; unlike torch's, for any width."""
    wanted = torch.arange(-before, size + after)
    if padding == "edge":
        return wanted.clamp(0, size - 1)
    if size == 1:
        return torch.zeros_like(wanted)
    period = 2 * (size - 1)
    folded = wanted % period
    return torch.minimum(folded, period - folded)
