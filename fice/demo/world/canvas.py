"""Painting masks with colours, soft form shading and cast shadows."""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np

from .arrays import ByteArray, FloatArray
from .curves import smoothstep_array
from .mask import Mask, Raster

_LIT = 1.05


@cache
def _shade_table(darkest: float) -> FloatArray:
    """Brightness for each blurred coverage: the rim of a form is dark, its middle lit."""
    ramp = smoothstep_array(np.arange(256) / 255.0, 0.25, 1.0)
    return (darkest + (_LIT - darkest) * ramp).astype(np.float32)[None]


def _double_blur(alpha: ByteArray, width: int) -> ByteArray:
    kernel = (max(3, width | 1),) * 2
    border = cv2.BORDER_REPLICATE
    once = cv2.blur(alpha, kernel, borderType=border)
    return cv2.blur(once, kernel, borderType=border).astype(np.uint8, copy=False)


class Canvas:
    """A planar float picture (three contiguous planes are much faster to mix than pixels)."""

    def __init__(self, raster: Raster) -> None:
        self.raster = raster
        self.planes: FloatArray = np.empty((3, raster.side, raster.side), np.float32)

    def paint(
        self,
        mask: Mask,
        colour: FloatArray,
        shade: FloatArray | None = None,
        opacity: float = 1.0,
    ) -> None:
        """Lays a colour over the picture.

        Args:
            mask: Where.
            colour: RGB [3] or a texture [3, h, w] of the mask's rectangle, 0..1.
            shade: Brightness factor [h, w].
            opacity: 0..1.
        """
        if mask.empty or opacity <= 0.004:
            return
        alpha = mask.alpha * np.float32(opacity / 255.0)
        for plane, value in zip(self.planes, colour, strict=True):
            view = plane[mask.area]
            change = (value if shade is None else shade * value) - view
            change *= alpha
            view += change

    def form_shade(
        self, mask: Mask, radius: float, darkest: float, shift_x: float, shift_y: float = -0.004
    ) -> FloatArray:
        """Brightness of a rounded form lit from the upper left.

        Args:
            mask: The form's outline.
            radius: Softness of the rim, world units.
            darkest: Brightness at the rim.
            shift_x: How far the lit middle moves to the left, world units.
            shift_y: The same, upwards if negative.

        Returns:
            float32 [h, w] for the mask's rectangle.
        """
        raster = self.raster
        width = raster.pixels(radius)
        dx, dy = raster.pixels(shift_x), raster.pixels(shift_y)
        pad = width + max(abs(dx), abs(dy)) + 1
        height, breadth = mask.alpha.shape
        # The person goes on below the picture: replicating there keeps the lower rim lit.
        down = cv2.BORDER_REPLICATE if mask.bottom >= raster.side else cv2.BORDER_CONSTANT
        wide = cv2.copyMakeBorder(mask.alpha, pad, 0, pad, pad, cv2.BORDER_CONSTANT, value=(0,))
        wide = cv2.copyMakeBorder(wide, 0, pad, 0, 0, down, value=(0,))
        soft = _double_blur(wide.astype(np.uint8, copy=False), width)
        rows = slice(pad + dy, pad + dy + height)
        columns = slice(pad + dx, pad + dx + breadth)
        return cv2.LUT(soft[rows, columns], _shade_table(darkest)).astype(np.float32, copy=False)

    def shadow(
        self, mask: Mask, onto: Mask, shift: tuple[float, float], radius: float, strength: float
    ) -> None:
        """Darkens `onto` where a blurred, shifted copy of `mask` falls on it."""
        raster = self.raster
        cast = self.softened(mask, radius)
        moved = Mask(
            cast.top + raster.pixels(shift[1]), cast.left + raster.pixels(shift[0]), cast.alpha
        )
        dark = moved.within(onto)
        if dark.empty:
            return
        factor = 1.0 - dark.alpha * np.float32(strength / 255.0)
        self.planes[(slice(None), *dark.area)] *= factor

    def softened(self, mask: Mask, radius: float) -> Mask:
        """A blurred mask on a rectangle grown by the blur (it may reach outside the picture)."""
        width = self.raster.pixels(radius)
        pad = width + 1
        wide = cv2.copyMakeBorder(mask.alpha, pad, pad, pad, pad, cv2.BORDER_CONSTANT, value=(0,))
        soft = _double_blur(wide.astype(np.uint8, copy=False), width)
        return Mask(mask.top - pad, mask.left - pad, soft)

    def picture(self) -> ByteArray:
        """The picture reduced to its final size, uint8 [H, W, 3]."""
        raster = self.raster
        side = raster.side // raster.step
        planes = self.planes
        if raster.step > 1:
            small = [cv2.resize(p, (side, side), interpolation=cv2.INTER_AREA) for p in planes]
        else:
            small = list(planes)
        merged = cv2.merge([cv2.convertScaleAbs(np.maximum(p, 0.0), alpha=255.0) for p in small])
        return merged.astype(np.uint8, copy=False)
