"""The garment patterns as fixed textures of the picture.

The lattice belongs to the picture, not to the figure: the same pixels carry the second colour
whatever the pose. A generator can then hold the textures as fixed buffers.
"""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np

from .arrays import DoubleArray, FloatArray

PATTERN_NAMES: tuple[str, ...] = (
    "solid",
    "horizontal stripes",
    "vertical stripes",
    "checks",
    "dots",
)

# Lengths are in pixels of a 128-pixel picture.
_REFERENCE = 128.0
_STRIPE_H = (14.0, 6.0)
_STRIPE_V = (10.0, 4.0)
_CHECK = (16.0, 7.0)
_DOT_CELL = (20.0, 10.0)
_DOT_RADIUS = 4.0
_EDGE = 0.5


def _distance_to_lattice(x: DoubleArray, period: float) -> DoubleArray:
    """Distance of x to the nearest multiple of the period, counted from the picture's middle."""
    shifted = x - _REFERENCE / 2
    return np.abs(shifted - period * np.round(shifted / period))


def _bands(x: DoubleArray, period: float, width: float) -> DoubleArray:
    return np.clip((width / 2 - _distance_to_lattice(x, period)) / _EDGE + 0.5, 0.0, 1.0)


def _dots(x: DoubleArray, y: DoubleArray) -> DoubleArray:
    """Dots in staggered rows: two rectangular lattices, the second shifted by half a cell."""
    width, height = _DOT_CELL
    plain = np.hypot(_distance_to_lattice(x, width), _distance_to_lattice(y, 2 * height))
    offset = np.hypot(
        _distance_to_lattice(x + width / 2, width), _distance_to_lattice(y + height, 2 * height)
    )
    return np.clip((_DOT_RADIUS - np.minimum(plain, offset)) / _EDGE + 0.5, 0.0, 1.0)


@cache
def pattern_alphas(size: int) -> FloatArray:
    """How much of the second colour each pattern puts on each pixel.

    Args:
        size: Side of the picture in pixels.

    Returns:
        float32 [4, size, size] in 0..1, in the order of `PATTERN_NAMES[1:]`. Read-only.
    """
    # Sampled three times finer, so that lattices stay sharp but fall softly on coarse pixels.
    fine = size * 3
    line = (np.arange(fine, dtype=np.float64) + 0.5) * (_REFERENCE / fine)
    x = np.broadcast_to(line, (fine, fine))
    y = x.T
    fields = [
        _bands(y, *_STRIPE_H),
        _bands(x, *_STRIPE_V),
        0.5 * _bands(x, *_CHECK) + 0.5 * _bands(y, *_CHECK),
        _dots(x, y),
    ]
    small = [cv2.resize(f, (size, size), interpolation=cv2.INTER_AREA) for f in fields]
    alphas = np.stack(small).astype(np.float32)
    alphas.setflags(write=False)
    return alphas


def pattern_carriers(size: int) -> dict[str, FloatArray]:
    """The patterns as textures for a generator's fixed buffers.

    Args:
        size: Side in pixels; below 64 the patterns begin to blur away.

    Returns:
        Pattern name (without "solid") to float32 [size, size] in -1..1 (1: second colour).
    """
    alphas = pattern_alphas(size)
    return {
        name: (2.0 * alpha - 1.0).astype(np.float32)
        for name, alpha in zip(PATTERN_NAMES[1:], alphas, strict=True)
    }
