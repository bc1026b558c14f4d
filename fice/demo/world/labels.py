"""Writing region and DensePose labels from the masks of the painted parts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from . import frame
from .arrays import BoolArray, ByteArray, FloatArray
from .mask import Mask, Raster


@dataclass(frozen=True)
class Affine:
    """A coordinate that is affine in the world position: x * dx + y * dy + offset."""

    dx: float
    dy: float
    offset: float

    @staticmethod
    def along(
        origin: tuple[float, float], direction: tuple[float, float], length: float, start: float
    ) -> Affine:
        """The coordinate that is `start` at the origin and grows by 1 over `length`."""
        dx, dy = direction[0] / length, direction[1] / length
        return Affine(dx, dy, start - origin[0] * dx - origin[1] * dy)


class LabelPainter:
    """Region and chart maps at picture resolution, painted back to front like the picture."""

    def __init__(self, raster: Raster) -> None:
        size = raster.side // raster.step
        self._raster = raster
        self.regions: ByteArray = np.zeros((size, size), np.uint8)
        self.chart_i: ByteArray = np.zeros((size, size), np.uint8)
        self.chart_u: FloatArray = np.zeros((size, size), np.float32)
        self.chart_v: FloatArray = np.zeros((size, size), np.float32)
        line = (np.arange(size, dtype=np.float64) + 0.5) / (size * frame.ZOOM)
        self._x: FloatArray = (line + frame.ORIGIN[0]).astype(np.float32)
        self._y: FloatArray = (line + frame.ORIGIN[1]).astype(np.float32)

    def covered(self, mask: Mask) -> Mask:
        """The mask at picture resolution, to be passed to the other methods."""
        return self._raster.reduced(mask)

    def region(self, small: Mask, code: int) -> None:
        """Sets the region of all pixels that the reduced mask covers by more than half."""
        if not small.empty:
            self.regions[small.area][small.alpha > 127] = code

    def values(self, small: Mask, affine: Affine) -> FloatArray:
        """An affine coordinate on the reduced mask's rectangle."""
        rows, columns = small.area
        x = self._x[columns] * np.float32(affine.dx)
        y = self._y[rows] * np.float32(affine.dy) + np.float32(affine.offset)
        return x[None] + y[:, None]

    def chart(self, small: Mask, where: BoolArray, part: int, u: Affine, v: Affine) -> None:
        """Sets part and coordinates of the pixels of the rectangle where `where` holds."""
        area = small.area
        self.chart_i[area][where] = part
        self.chart_u[area][where] = np.clip(self.values(small, u)[where], 0.0, 1.0)
        self.chart_v[area][where] = np.clip(self.values(small, v)[where], 0.0, 1.0)

    def split_chart(
        self,
        small: Mask,
        where: BoolArray,
        centre: float,
        half: float,
        parts: tuple[int, int],
        v: Affine,
    ) -> None:
        """Charts a part and its mirror image, left and right of a vertical line.

        Args:
            small: Reduced mask whose rectangle is used.
            where: Its pixels to set.
            centre: x of the line.
            half: Width of one half.
            parts: Part ids left and right.
            v: Coordinate along the part.
        """
        if small.empty:
            return
        right = self.values(small, Affine(1.0, 0.0, -centre)) >= 0
        self.chart(small, where & ~right, parts[0], Affine(1 / half, 0.0, 1.0 - centre / half), v)
        self.chart(small, where & right, parts[1], Affine(1 / half, 0.0, -centre / half), v)
