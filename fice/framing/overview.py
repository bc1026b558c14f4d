"""A small picture of a photo with the frame drawn on it."""

from __future__ import annotations

import torch
from torch import Tensor

from ..base.frame import Box, Frame, intersection
from ..base.images import resize

LINE_FRACTION = 1 / 128  # of the longer side: width of the line
FRAME_COLOUR = (1.0, 0.45, 0.1)
SHADE = 0.45  # brightness of what the generator does not see


def overview(photo: Tensor, frame: Frame, longest: int = 512) -> Tensor:
    """The photo with all but the frame dark, `[1, 3, h, w]`.

    Args:
        photo: `[1, 3, H, W]` in [0, 1].
        frame: of this photo.
        longest: side of the picture in pixels; smaller photos stay as they are.
    """
    height, width = frame.photo_size
    scale = min(1.0, longest / max(height, width))
    size = (max(1, round(height * scale)), max(1, round(width * scale)))
    small = resize(photo, size)
    outer = _scaled(frame.visible, size[0] / height, size[1] / width)
    line = max(1, round(max(size) * LINE_FRACTION))
    inner = (outer[0] + line, outer[1] + line, outer[2] - line, outer[3] - line)
    picture = small * SHADE
    colour = torch.tensor(FRAME_COLOUR).to(small)[:, None, None]
    _fill(picture, outer, colour.expand(-1, *size))
    _fill(picture, intersection(inner, outer), small)
    return picture


def _scaled(box: Box, rows: float, columns: float) -> Box:
    return (
        round(box[0] * columns),
        round(box[1] * rows),
        round(box[2] * columns),
        round(box[3] * rows),
    )


def _fill(picture: Tensor, box: Box, source: Tensor) -> None:
    """Copies `source`, of the size of `picture`, inside the box."""
    left, top, right, bottom = box
    if left < right and top < bottom:
        picture[..., top:bottom, left:right] = source[..., top:bottom, left:right]
