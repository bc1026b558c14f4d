"""Small numeric and polygon helpers, all in world units."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike

from .arrays import DoubleArray

Points = DoubleArray
"""Polygon corners, float64 [N, 2] as (x, y)."""

_Value = TypeVar("_Value", float, DoubleArray)


def lerp(start: _Value, end: _Value, t: float) -> _Value:
    """Linear interpolation from start (t = 0) to end (t = 1)."""
    return start + (end - start) * t


def smoothstep(x: float, low: float, high: float) -> float:
    """0 below low, 1 above high, a smooth cubic between."""
    t = min(max((float(x) - low) / (high - low), 0.0), 1.0)
    return t * t * (3.0 - 2.0 * t)


def smoothstep_array(x: ArrayLike, low: float, high: float) -> DoubleArray:
    """`smoothstep` for arrays of any shape."""
    t = np.clip((np.asarray(x, np.float64) - low) / (high - low), 0.0, 1.0)
    return t * t * (3.0 - 2.0 * t)


@cache
def _catmull_rom(count: int) -> DoubleArray:
    t = np.linspace(0.0, 1.0, count, endpoint=False)
    t2, t3 = t * t, t * t * t
    basis = [-t + 2 * t2 - t3, 2 - 5 * t2 + 3 * t3, t + 4 * t2 - 3 * t3, t3 - t2]
    return 0.5 * np.stack(basis, axis=1)


def spline(points: Sequence[tuple[float, float]], count: int = 6) -> Points:
    """A smooth open curve through points, with `count` samples per segment."""
    knots = np.asarray(points, np.float64)
    padded = np.vstack([2 * knots[0] - knots[1], knots, 2 * knots[-1] - knots[-2]])
    windows = np.stack([padded[:-3], padded[1:-2], padded[2:-1], padded[3:]], axis=1)
    curve = (_catmull_rom(count) @ windows).reshape(-1, 2)
    return np.vstack([curve, knots[-1:]])


@cache
def _unit_circle(count: int) -> DoubleArray:
    angle = np.linspace(0.0, 2.0 * math.pi, count, endpoint=False)
    return np.stack([np.cos(angle), np.sin(angle)], axis=1)


def ellipse(x: float, y: float, rx: float, ry: float, angle: float = 0.0) -> Points:
    """A filled ellipse with its first axis turned by `angle` (radians, clockwise on screen)."""
    unit = _unit_circle(28)
    c, s = math.cos(angle), math.sin(angle)
    turn = np.array([[rx * c, rx * s], [-ry * s, ry * c]])
    return unit @ turn + (x, y)


@cache
def _half_turn(count: int) -> DoubleArray:
    angle = np.linspace(0.0, math.pi, count)
    return np.stack([np.cos(angle), np.sin(angle)], axis=1)


def limb(
    start: DoubleArray, end: DoubleArray, r_start: float, r_end: float, *, flat: bool = False
) -> Points:
    """A tapered limb, round at its start, round (or cut flat) at its end.

    Args:
        start: Joint [2].
        end: Joint [2], different from start.
        r_start: Radius at the start.
        r_end: Radius at the end.
        flat: Whether the end is cut straight across, as a sleeve is.
    """
    along = (end - start) / max(float(np.linalg.norm(end - start)), 1e-6)
    across = np.array([-along[1], along[0]])
    unit = _half_turn(9)
    first = start + r_start * (unit[:, :1] * across - unit[:, 1:] * along)
    if flat:
        last = np.stack([end - r_end * across, end + r_end * across])
    else:
        last = end + r_end * (-unit[:, :1] * across + unit[:, 1:] * along)
    return np.vstack([first, last])


def mirrored(side: Points, centre_x: float) -> Points:
    """Closes a right-hand outline (top to bottom) with its mirror image about centre_x."""
    left = side[::-1] * (-1.0, 1.0) + (2.0 * centre_x, 0.0)
    return np.vstack([side, left])
