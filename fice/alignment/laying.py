"""An edited picture laid on its photo, sampled once and at full size."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..base.frame import Size
from .flow import Flow
from .transform import Matrix, Transform, rescaled

STRIP = 256  # rows at a time: the places of a whole large photo would fill the memory
FINER = 1.3  # an edited picture by so much finer than the photo is averaged first
HALF = 0.5  # pixels: so far the outermost pixels reach beyond their centres

Maps: TypeAlias = NDArray[np.float32]


def lay(edited: Tensor, transform: Transform, flow: Flow | None = None) -> tuple[Tensor, Tensor]:
    """`edited` as it lies on the photo.

    Cubic, or averaged first where the photo is much smaller.

    Args:
        edited: `[3, h, w]` in [0, 1].
        transform: places of the photo to those of `edited`.
        flow: a local warp before that.

    Returns:
        `[3, H, W]` at the size of the photo, and what of it `edited` covers, `[1, H, W]`: 0 or 1.
    """
    source, matrix = _averaged(_rows(edited), transform.matrix)
    height, width = transform.photo_size
    laid = np.empty((height, width, 3), np.float32)
    covered = torch.empty(1, height, width)
    bottom, right = (side - 1 + HALF for side in source.shape[:2])
    for top, x, y in _places(matrix, transform.photo_size, flow):
        cv2.remap(
            source,
            x,
            y,
            cv2.INTER_CUBIC,
            dst=laid[top : top + len(x)],
            borderMode=cv2.BORDER_REPLICATE,
        )
        inside = (x >= -HALF) & (y >= -HALF) & (x <= right) & (y <= bottom)
        covered[0, top : top + len(x)] = torch.from_numpy(inside)
    image = torch.from_numpy(laid).movedim(-1, 0).clamp_(0.0, 1.0)
    return image.to(edited), covered.to(edited)


def _places(matrix: Matrix, size: Size, flow: Flow | None) -> Iterator[tuple[int, Maps, Maps]]:
    """The first row of each strip, and where its pixels lie, `[rows, W]` each of x and y."""
    height, width = size
    columns = np.arange(width, dtype=np.float64)
    for top in range(0, height, STRIP):
        rows = np.arange(top, min(top + STRIP, height), dtype=np.float64)
        x, y = columns[None, :], rows[:, None]
        if flow is not None:
            moved = flow.on_grid(rows, columns, size)
            x, y = x + moved[..., 0], y + moved[..., 1]
        across, down = (line[0] * x + line[1] * y + line[2] for line in matrix)
        yield top, across.astype(np.float32), down.astype(np.float32)


def _averaged(edited: Maps, matrix: Matrix) -> tuple[Maps, Matrix]:
    """A copy of `edited` that is about as fine as the photo, and the matrix to it."""
    finer = abs(float(np.linalg.det(matrix[:, :2]))) ** 0.5
    if finer <= FINER:
        return edited, matrix
    height, width = edited.shape[:2]
    size = (max(1, round(width / finer)), max(1, round(height / finer)))
    small = cv2.resize(edited, size, interpolation=cv2.INTER_AREA)
    to_small = (size[0] / width, size[1] / height)
    return np.asarray(small, np.float32), rescaled(matrix, (1.0, 1.0), to_small)


def _rows(image: Tensor) -> Maps:
    rows = image.detach().to("cpu", torch.float32).movedim(0, -1)
    return np.ascontiguousarray(rows.numpy())
