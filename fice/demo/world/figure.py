"""A rendered figure with its labels."""

from __future__ import annotations

from dataclasses import dataclass

from .arrays import ByteArray, FloatArray

REGION_BACKGROUND = 0
REGION_BODY = 1
REGION_GARMENT = 2
REGION_HEAD = 3

CHART_TORSO = 2
CHART_HANDS = (3, 4)
CHART_THIGHS = (9, 10)
CHART_UPPER_ARMS = (18, 17)
CHART_LOWER_ARMS = (22, 21)
CHART_HEAD = (23, 24)
"""DensePose part ids, picture left first (the person's right side)."""


@dataclass(frozen=True)
class Figure:
    """A picture and everything known about its pixels."""

    image: ByteArray
    """RGB, [H, W, 3]."""
    regions: ByteArray
    """[H, W]: 0 background, 1 body and lower garment, 2 upper garment or dress, 3 head and hair."""
    chart_i: ByteArray
    """DensePose part per pixel, [H, W]; 0 outside the body."""
    chart_u: FloatArray
    """Across the part, [H, W] in 0..1."""
    chart_v: FloatArray
    """Along the part, [H, W] in 0..1."""
