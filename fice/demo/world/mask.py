"""Coverage masks that know their bounding box, so that painting touches few pixels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from . import frame
from .arrays import ByteArray
from .curves import Points

_SUBPIXEL_BITS = 4


@dataclass(frozen=True)
class Mask:
    """A rectangle of coverage values; everything outside it is 0."""

    top: int
    left: int
    alpha: ByteArray
    """uint8 [h, w], 255 for full coverage."""

    @property
    def bottom(self) -> int:
        """First row below the mask."""
        return self.top + self.alpha.shape[0]

    @property
    def right(self) -> int:
        """First column right of the mask."""
        return self.left + self.alpha.shape[1]

    @property
    def area(self) -> tuple[slice, slice]:
        """Slices of the mask's rectangle in a full-size array."""
        return slice(self.top, self.bottom), slice(self.left, self.right)

    @property
    def empty(self) -> bool:
        """Whether the rectangle has no pixels."""
        return self.alpha.size == 0

    def window(self, other: Mask) -> tuple[tuple[slice, slice], tuple[slice, slice]]:
        """Slices of the common rectangle, within this mask's alpha and within the other's."""
        top, bottom = max(self.top, other.top), min(self.bottom, other.bottom)
        left, right = max(self.left, other.left), min(self.right, other.right)
        bottom, right = max(bottom, top), max(right, left)
        mine = slice(top - self.top, bottom - self.top), slice(left - self.left, right - self.left)
        its = (
            slice(top - other.top, bottom - other.top),
            slice(left - other.left, right - other.left),
        )
        return mine, its

    def within(self, other: Mask) -> Mask:
        """The intersection (pixelwise minimum)."""
        mine, its = self.window(other)
        alpha = np.minimum(self.alpha[mine], other.alpha[its])
        return Mask(self.top + mine[0].start, self.left + mine[1].start, alpha)

    def minus(self, other: Mask) -> Mask:
        """This mask with the other cut out."""
        mine, its = self.window(other)
        alpha = self.alpha.copy()
        alpha[mine] = np.minimum(alpha[mine], 255 - other.alpha[its])
        return Mask(self.top, self.left, alpha)

    def scaled(self, opacity: float) -> Mask:
        """The same mask, more transparent."""
        if opacity >= 1.0:
            return self
        alpha = (self.alpha * np.float32(opacity)).astype(np.uint8)
        return Mask(self.top, self.left, alpha)


def union(masks: Sequence[Mask]) -> Mask:
    """Pixelwise maximum of masks."""
    solid = [m for m in masks if not m.empty]
    if not solid:
        return masks[0]
    top, left = min(m.top for m in solid), min(m.left for m in solid)
    height, width = max(m.bottom for m in solid) - top, max(m.right for m in solid) - left
    alpha = np.zeros((height, width), np.uint8)
    for mask in solid:
        part = alpha[mask.top - top : mask.bottom - top, mask.left - left : mask.right - left]
        np.maximum(part, mask.alpha, out=part)
    return Mask(top, left, alpha)


@dataclass(frozen=True)
class Raster:
    """The supersampled pixel grid on which polygons become masks."""

    side: int
    """Pixels per side of the supersampled grid."""
    step: int
    """Supersampling factor; mask rectangles are aligned to it so that they reduce exactly."""

    @property
    def scale(self) -> float:
        """Grid pixels per world unit."""
        return self.side * frame.ZOOM

    def pixels(self, length: float) -> int:
        """A world length in whole grid pixels."""
        return round(length * self.scale)

    def polygon(self, points: Points) -> Mask:
        """Fills a polygon with anti-aliased edges."""
        grid = (points - frame.ORIGIN) * self.scale
        low = np.floor(grid.min(axis=0)).astype(int) - 1
        high = np.ceil(grid.max(axis=0)).astype(int) + 1
        left, top = (min(max(int(v), 0), self.side) // self.step * self.step for v in low)
        right, bottom = (min(-(-max(int(v), 0) // self.step) * self.step, self.side) for v in high)
        alpha = np.zeros((max(bottom - top, 0), max(right - left, 0)), np.uint8)
        if alpha.size:
            corners = (grid - (left + 0.5, top + 0.5)) * (1 << _SUBPIXEL_BITS)
            fixed = np.round(corners).astype(np.int32)
            cv2.fillPoly(alpha, [fixed], (255,), cv2.LINE_AA, _SUBPIXEL_BITS)
        return Mask(top, left, alpha)

    def polygons(self, outlines: Sequence[Points]) -> Mask:
        """The union of several filled polygons."""
        return union([self.polygon(points) for points in outlines])

    def reduced(self, mask: Mask) -> Mask:
        """The mask at picture resolution (its rectangle must be aligned)."""
        step = self.step
        height, width = mask.alpha.shape
        if step == 1:
            return mask
        if mask.empty:
            return Mask(0, 0, np.zeros((0, 0), np.uint8))
        size = (width // step, height // step)
        alpha = cv2.resize(mask.alpha, size, interpolation=cv2.INTER_AREA)
        return Mask(mask.top // step, mask.left // step, alpha.astype(np.uint8, copy=False))
