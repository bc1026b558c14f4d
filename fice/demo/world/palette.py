"""The fifteen named garment colours and naming of arbitrary colours in CIE Lab."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .arrays import DoubleArray, FloatArray

_PALETTE_BYTES: dict[str, tuple[int, int, int]] = {
    "red": (212, 32, 42),
    "orange": (244, 130, 28),
    "yellow": (248, 214, 52),
    "green": (36, 146, 66),
    "teal": (14, 142, 148),
    "light blue": (132, 196, 240),
    "blue": (34, 84, 212),
    "navy": (24, 32, 88),
    "purple": (122, 52, 172),
    "pink": (244, 136, 178),
    "brown": (120, 70, 36),
    "beige": (224, 202, 164),
    "gray": (136, 138, 142),
    "black": (28, 28, 32),
    "white": (246, 246, 243),
}

COLOUR_NAMES: tuple[str, ...] = tuple(_PALETTE_BYTES)
"""Colour names in table order; an index into this tuple is a colour code."""

PALETTE_RGB: FloatArray = (np.asarray(list(_PALETTE_BYTES.values()), np.float64) / 255.0).astype(
    np.float32
)
"""Colours as float32 [15, 3] in 0..1, in the order of `COLOUR_NAMES`."""

_RGB_TO_XYZ: DoubleArray = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)
_WHITE_XYZ: DoubleArray = np.array([0.95047, 1.0, 1.08883])


def rgb_to_lab(rgb: ArrayLike) -> FloatArray:
    """Converts sRGB values to CIE Lab (D65).

    Args:
        rgb: Colours [..., 3] in 0..1.

    Returns:
        float32 [..., 3]: L in 0..100, a and b roughly in -110..110.
    """
    srgb = np.clip(np.asarray(rgb, np.float64), 0.0, 1.0)
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    xyz = linear @ _RGB_TO_XYZ.T / _WHITE_XYZ
    root = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16.0 / 116.0)
    x, y, z = root[..., 0], root[..., 1], root[..., 2]
    lab = np.stack([116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)], axis=-1)
    return lab.astype(np.float32)


_PALETTE_LAB: FloatArray = rgb_to_lab(PALETTE_RGB)


def nearest_colours(rgb: ArrayLike) -> tuple[NDArray[np.intp], FloatArray]:
    """Names many colours at once.

    Args:
        rgb: Colours [..., 3] in 0..1.

    Returns:
        Indices into `COLOUR_NAMES` [...], and margins float32 [...]: how much farther (in Lab
        units) the second nearest name is.
    """
    lab = rgb_to_lab(rgb)
    distance = np.linalg.norm(lab[..., None, :] - _PALETTE_LAB, axis=-1)
    two = np.partition(distance, 1, axis=-1)[..., :2]
    return np.argmin(distance, axis=-1), (two[..., 1] - two[..., 0]).astype(np.float32)


def nearest_colour(rgb: ArrayLike) -> tuple[str, float]:
    """Names one colour.

    Args:
        rgb: One colour [3] in 0..1.

    Returns:
        The nearest palette name and its margin over the runner-up in Lab units.
    """
    index, margin = nearest_colours(rgb)
    return COLOUR_NAMES[int(index)], float(margin)
