"""Painting the head: hair, face and features."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from . import frame
from .arrays import FloatArray
from .canvas import Canvas
from .curves import Points, ellipse, lerp, smoothstep, spline
from .factor_types import Body, Look
from .mask import Mask, union

_HY = frame.HEAD_Y
_HH = frame.HEAD_HALF_HEIGHT
_EYE_WHITE: FloatArray = np.array([0.97, 0.96, 0.95], np.float32)
_IRIS: FloatArray = np.array([0.16, 0.11, 0.09], np.float32)
_LASH: FloatArray = np.array([0.12, 0.08, 0.08], np.float32)
_BLUSH: FloatArray = np.array([0.90, 0.40, 0.38], np.float32)


@dataclass(frozen=True)
class HeadMasks:
    """Masks of what `paint_head` drew."""

    face: Mask
    """Face and ears."""
    hair: Mask
    """Hair in front of the face and shoulders."""


def _back_hair(body: Body) -> list[Points]:
    hx, hw = (float(v) for v in body.head)
    _, end, half = (float(v) for v in body.hair)
    middle = (end + 0.19) / 2
    right = [
        (hx + hw * 0.95, 0.11),
        (hx + half * 1.02, 0.19),
        (hx + half * 1.05, middle),
        (hx + half * 0.98, end - 0.02),
        (hx + half * 0.6, end + 0.010),
    ]
    left = [(2 * hx - x, y) for x, y in reversed(right)]
    shapes = [spline([*right, (hx, end + 0.004), *left])]
    size = float(body.bun[0])
    if size > 0.02:
        shapes.append(ellipse(hx, 0.068, 0.047 * size, 0.042 * size))
    return shapes


def paint_back_hair(canvas: Canvas, body: Body, look: Look) -> Mask:
    """Paints the hair behind the body, with the bun.

    Returns:
        Its mask.
    """
    mask = canvas.raster.polygons(_back_hair(body))
    shade = canvas.form_shade(mask, 0.06, 0.72, 0.012)
    canvas.paint(mask, look.hair_rgb * np.float32(0.84), shade)
    return mask


def _face_outline(hx: float, hw: float) -> list[Points]:
    right = [
        (hx + hw, _HY - 0.02),
        (hx + hw * 0.96, _HY + 0.040),
        (hx + hw * 0.60, _HY + 0.094),
    ]
    left = [(2 * hx - x, y) for x, y in reversed(right)]
    jaw = spline([*right, (hx, _HY + _HH * 1.03), *left])
    return [ellipse(hx, _HY, hw, _HH), jaw]


def _front_hair(canvas: Canvas, body: Body) -> Mask:
    raster = canvas.raster
    hx, hw = (float(v) for v in body.head)
    length, end, half = (float(v) for v in body.hair)
    cap = raster.polygon(ellipse(hx, _HY - 0.018, hw * 1.13, _HH * 1.07))
    window = ellipse(hx + 0.012, _HY + 0.052, hw * 0.93, _HH * 1.02)
    below = np.array(
        [(hx - 0.2, _HY + 0.03), (hx + 0.2, _HY + 0.03), (hx + 0.2, 0.5), (hx - 0.2, 0.5)]
    )
    pieces = [cap.minus(raster.polygons([window, below]))]
    if length > 0.3:
        grown = smoothstep(length, 0.3, 0.6)
        bottom = min(end, 0.45)
        for side in (-1, 1):
            # Locks run over the shoulders, outside the neckline, which edits must see.
            lock = spline(
                [
                    (hx + side * hw * 0.82, _HY - 0.07),
                    (hx + side * hw * 0.95, _HY),
                    (hx + side * hw * 1.00, lerp(_HY + 0.02, min(bottom, 0.33), grown)),
                    (hx + side * hw * 1.10, lerp(_HY + 0.028, bottom - 0.02, grown)),
                    (hx + side * (half * 1.02), lerp(_HY + 0.03, bottom, grown)),
                    (hx + side * half * 1.10, lerp(_HY, min(bottom - 0.03, 0.36), grown)),
                    (hx + side * hw * 1.13, _HY - 0.02),
                ],
                5,
            )
            pieces.append(raster.polygon(lock))
    return union(pieces)


def _paint_eye(canvas: Canvas, x: float, side: int, opening: float, brow: FloatArray) -> None:
    polygon = canvas.raster.polygon
    y = _HY + 0.012
    height = lerp(0.0095, 0.0130, opening)
    canvas.paint(polygon(ellipse(x, y, 0.0175, height)), _EYE_WHITE)
    canvas.paint(polygon(ellipse(x, y + 0.0005, 0.0095, height * 0.95)), _IRIS)
    upper = [(x - 0.020, y - height * 0.35), (x, y - height * 1.3), (x + 0.020, y - height * 0.35)]
    lower = [(x, y - height * 0.65), (x - 0.020, y - height * 0.35)]
    canvas.paint(polygon(spline([*upper, *lower], 4)), _LASH)
    inner, outer = y - 0.0250, y - 0.0265
    ends = (outer, inner) if side < 0 else (inner, outer)
    arch = [(x - 0.021, ends[0]), (x, y - 0.0335), (x + 0.021, ends[1]), (x, y - 0.0265)]
    canvas.paint(polygon(spline([*arch, arch[0]], 4)), brow)


def _paint_mouth(canvas: Canvas, x: float, smile: float, colour: FloatArray) -> None:
    y = _HY + 0.077
    lift = lerp(-0.001, 0.010, smile)
    corner = y - lift * 0.6
    lips = spline(
        [
            (x - 0.027, corner),
            (x - 0.009, y - 0.006),
            (x, y - 0.0035),
            (x + 0.009, y - 0.006),
            (x + 0.027, corner),
            (x + 0.012, y + 0.008 + lift * 0.4),
            (x, y + 0.010 + lift * 0.5),
            (x - 0.012, y + 0.008 + lift * 0.4),
            (x - 0.027, corner),
        ],
        4,
    )
    mask = canvas.raster.polygon(lips)
    canvas.paint(mask, colour)
    line = spline([(x - 0.024, corner), (x, y + 0.0012 + lift * 0.2), (x + 0.024, corner)], 4)
    thick = np.vstack([line, line[::-1] + np.array([0.0, 0.0028])])
    canvas.paint(canvas.raster.polygon(thick), colour * np.float32(0.55), None, 0.7)


def _paint_features(canvas: Canvas, body: Body, look: Look) -> None:
    hx = float(body.head[0])
    smile, opening = (float(v) for v in look.face)
    skin = look.skin_rgb
    polygon = canvas.raster.polygon
    blush = _BLUSH * (np.float32(0.35) + np.float32(0.65) * skin)
    brow = look.hair_rgb * np.float32(0.6)
    for side in (-1, 1):
        cheek = polygon(ellipse(hx + side * 0.047, _HY + 0.052, 0.020, 0.013))
        canvas.paint(canvas.softened(cheek, 0.018), blush, None, 0.38)
        _paint_eye(canvas, hx + side * 0.035, side, opening, brow)
    nose = polygon(ellipse(hx + 0.004, _HY + 0.047, 0.0075, 0.014))
    canvas.paint(canvas.softened(nose, 0.010), skin * np.float32(0.70), None, 0.6)
    _paint_mouth(canvas, hx, smile, look.lips_rgb)


def _paint_front_hair(canvas: Canvas, face: Mask, hair: Mask, look: Look, hx: float) -> None:
    canvas.shadow(hair, face, (0.0, 0.010), 0.012, 0.22)
    shade = canvas.form_shade(hair, 0.05, 0.74, 0.012)
    canvas.paint(hair, look.hair_rgb, shade)
    gloss = spline(
        [(hx - 0.062, 0.140), (hx - 0.03, 0.106), (hx + 0.01, 0.100), (hx + 0.050, 0.118)]
    )
    streak = canvas.raster.polygon(np.vstack([gloss, gloss[::-1] + np.array([0.002, 0.012])]))
    light = np.minimum(look.hair_rgb * np.float32(1.25) + np.float32(0.14), np.float32(1.0))
    canvas.paint(canvas.softened(streak, 0.012).within(hair), light, None, 0.7)


def paint_head(canvas: Canvas, body: Body, look: Look) -> HeadMasks:
    """Paints ears, face, features and the front hair.

    Returns:
        The masks of face and front hair.
    """
    raster = canvas.raster
    hx, hw = (float(v) for v in body.head)
    ears = [ellipse(hx + s * hw * 0.99, _HY + 0.014, 0.014, 0.025) for s in (-1, 1)]
    ear_masks = [raster.polygon(points) for points in ears]
    for mask in ear_masks:
        canvas.paint(mask, look.skin_rgb * np.float32(0.88))
    face = raster.polygons(_face_outline(hx, hw))
    canvas.paint(face, look.skin_rgb, canvas.form_shade(face, 0.07, 0.82, 0.014))
    _paint_features(canvas, body, look)
    hair = _front_hair(canvas, body)
    _paint_front_hair(canvas, face, hair, look, hx)
    return HeadMasks(face=union([face, *ear_masks]), hair=hair)
