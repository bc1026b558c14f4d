"""Painting the clothes: trousers or skirt, trunk of the garment, its neckline, sleeves."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from . import frame, outlines
from .arrays import DoubleArray, FloatArray
from .canvas import Canvas
from .curves import ellipse, lerp, smoothstep, smoothstep_array
from .factor_types import Body, Factors, Garment, Look
from .mask import Mask, Raster, union
from .patterns import pattern_alphas

_VISIBLE = 0.02
_TAU = 2.0 * np.pi


class FoldTextures:
    """Precomputed brightness ripples of cloth, laid out for a person in the picture's middle."""

    def __init__(self, raster: Raster) -> None:
        line = (np.arange(raster.side, dtype=np.float64) + 0.5) / raster.scale
        # Wider than the picture, so that it can be shifted with the person.
        self._margin = raster.pixels(0.04)
        wide = (
            np.arange(-self._margin, raster.side + self._margin, dtype=np.float64) + 0.5
        ) / raster.scale
        u = np.abs(wide[None] + frame.ORIGIN[0] - 0.5)
        signed = wide[None] + frame.ORIGIN[0] - 0.5
        y = line[:, None] + frame.ORIGIN[1]
        self._raster = raster
        self._torso = self._freeze(self._torso_folds(u, signed, y))
        pleats = 0.11 * smoothstep_array(y, 0.74, 0.90) * np.cos(signed * _TAU / 0.075)
        self._pleats = self._freeze(np.broadcast_to(pleats, self._torso.shape))
        crease = -0.30 * np.exp(-((u / 0.020) ** 2)) * smoothstep_array(y, 0.78, 0.84)
        self._crease = self._freeze(np.broadcast_to(crease, self._torso.shape))

    @staticmethod
    def _freeze(field: DoubleArray) -> FloatArray:
        return np.ascontiguousarray(field, np.float32)

    @staticmethod
    def _torso_folds(u: DoubleArray, signed: DoubleArray, y: DoubleArray) -> DoubleArray:
        waist = np.exp(-(((y - frame.WAIST_Y) / 0.06) ** 2)) * smoothstep_array(u, 0.03, 0.11)
        chest = np.exp(-(((y - 0.475) / 0.05) ** 2)) * smoothstep_array(u, 0.07, 0.13)
        return 0.07 * waist * np.cos(
            (y + 0.55 * u + 0.12 * signed) * _TAU / 0.085
        ) + 0.05 * chest * np.cos((y - 0.9 * u) * _TAU / 0.07)

    def _window(self, texture: FloatArray, mask: Mask, centre_x: float) -> FloatArray:
        shift = self._margin - self._raster.pixels(centre_x - 0.5)
        return texture[mask.top : mask.bottom, mask.left + shift : mask.right + shift]

    def garment(self, mask: Mask, centre_x: float, dress: float) -> FloatArray:
        """Brightness factor of the upper garment, float32 [h, w]."""
        folds = 1.0 + self._window(self._torso, mask, centre_x)
        if dress > _VISIBLE:
            folds += np.float32(dress) * self._window(self._pleats, mask, centre_x)
        return folds

    def lower(self, mask: Mask, centre_x: float, skirt: float) -> FloatArray:
        """Brightness factor of trousers or skirt, float32 [h, w]."""
        crease = np.float32(1.0 - skirt) * self._window(self._crease, mask, centre_x)
        return 1.0 + crease + np.float32(skirt) * self._window(self._pleats, mask, centre_x)


def _textured(mask: Mask, look: Look, alphas: FloatArray) -> FloatArray:
    """The garment's colour with its pattern: RGB [3] if plain, else [3, h, w]."""
    weights = look.pattern_weights[1:]
    if float(weights.max()) < _VISIBLE:
        return look.garment_rgb
    rows, columns = mask.area
    share = np.zeros(mask.alpha.shape, np.float32)
    for weight, alpha in zip(weights, alphas, strict=True):
        if weight >= _VISIBLE:
            share += weight * alpha[rows, columns]
    difference = look.second_rgb - look.garment_rgb
    texture = look.garment_rgb[:, None, None] + difference[:, None, None] * share
    return texture.astype(np.float32, copy=False)


def _paler(colour: FloatArray, amount: float) -> FloatArray:
    """The colour moved towards white."""
    return colour + np.float32(amount) * (np.float32(0.99) - colour)


def _button_colour(colour: FloatArray) -> FloatArray:
    """Nearly white, but dark on a very light garment."""
    light = smoothstep(float(colour @ np.array([0.30, 0.59, 0.11], np.float32)), 0.66, 0.84)
    return colour + np.float32(0.8) * (np.float32(lerp(0.99, 0.25, light)) - colour)


class Tailor:
    """Paints the clothes of figures on one pixel grid."""

    def __init__(self, raster: Raster) -> None:
        self._folds = FoldTextures(raster)
        self._alphas = pattern_alphas(raster.side)

    def paint_lower(self, canvas: Canvas, factors: Factors) -> Mask:
        """Paints trousers or a skirt.

        Returns:
            Its mask.
        """
        body, skirt = factors.body, float(factors.garment.skirt[0])
        mask = canvas.raster.polygons(outlines.lower_garment(body, skirt))
        shade = canvas.form_shade(mask, 0.07, 0.74, 0.016)
        shade = shade * self._folds.lower(mask, float(body.centre_x[0]), skirt)
        canvas.paint(mask, factors.look.lower_rgb, shade)
        return mask

    def paint_trunk(self, canvas: Canvas, factors: Factors, ground: Mask) -> Mask:
        """Paints the garment's trunk with its neckline.

        Args:
            canvas: The picture.
            factors: The figure.
            ground: What lies below (skin and lower garment), to receive the hem's shadow.

        Returns:
            The garment's mask without sleeves.
        """
        raster, body, garment = canvas.raster, factors.body, factors.garment
        dress, hem = float(garment.dress[0]), float(garment.hem[0])
        slack = float(garment.looseness[0])
        outline = outlines.torso(body, hem, slack, lerp(0.03, 0.10, dress))
        whole = raster.polygon(outline)
        opening = raster.polygon(outlines.neck_opening(body, garment))
        mask = whole.minus(opening)
        bare = float(garment.sleeve_weights[0])
        if bare > _VISIBLE:
            for side in (-1, 1):
                mask = mask.minus(raster.polygon(outlines.arm_hole(body, side, bare)))
        canvas.shadow(mask, ground, (0.002, 0.012), 0.016, 0.30)
        shade = canvas.form_shade(whole, 0.10, 0.70, 0.020)
        shade = shade * self._folds.garment(whole, float(body.centre_x[0]), dress)
        canvas.paint(mask, _textured(mask, factors.look, self._alphas), shade)
        pieces = [mask]
        pieces.extend(self._neckline(canvas, factors, mask))
        return union(pieces)

    def _neckline(self, canvas: Canvas, factors: Factors, mask: Mask) -> list[Mask]:
        """Paints trim, turtleneck and collar; returns what adds to the garment."""
        garment = factors.garment
        round_, v_neck, turtle, collar = (float(w) for w in garment.neckline_weights)
        added: list[Mask] = []
        if round_ + v_neck > _VISIBLE:
            self._trim(canvas, factors, mask, round_ + v_neck)
        if turtle > _VISIBLE:
            added.append(self._turtleneck(canvas, factors, turtle))
        if collar > _VISIBLE:
            added.extend(self._collar(canvas, factors, mask, collar))
        return added

    @staticmethod
    def _trim(canvas: Canvas, factors: Factors, mask: Mask, weight: float) -> None:
        body, garment = factors.body, factors.garment
        band = canvas.raster.polygon(outlines.neck_opening(body, garment, 0.013))
        colour = factors.look.garment_rgb * np.float32(0.70)
        canvas.paint(band.within(mask), colour, None, 0.85 * weight)

    def _turtleneck(self, canvas: Canvas, factors: Factors, weight: float) -> Mask:
        raster, look = canvas.raster, factors.look
        tube_points, band_points = outlines.turtleneck(factors.body)
        tube, band = raster.polygon(tube_points), raster.polygon(band_points)
        shade = canvas.form_shade(tube, 0.05, 0.74, 0.012)
        canvas.paint(tube, _textured(tube, look, self._alphas), shade, weight)
        canvas.shadow(band, tube, (0.0, 0.010), 0.008, 0.55 * weight)
        shade = canvas.form_shade(band, 0.04, 0.80, 0.012)
        canvas.paint(band, look.garment_rgb, shade, weight)
        return union([tube, band]).scaled(weight)

    @staticmethod
    def _collar(canvas: Canvas, factors: Factors, mask: Mask, weight: float) -> list[Mask]:
        raster, body, look = canvas.raster, factors.body, factors.look
        edge, cloth = look.garment_rgb * np.float32(0.55), _paler(look.garment_rgb, 0.48)
        hem = min(float(factors.garment.hem[0]), 1.0)
        strip = raster.polygon(outlines.placket(body, hem)).within(mask)
        canvas.paint(strip, look.garment_rgb * np.float32(0.80), None, 0.75 * weight)
        x = float(body.centre_x[0])
        buttons = [ellipse(x, float(y), 0.0095, 0.0095) for y in np.arange(0.47, hem - 0.02, 0.085)]
        dots = raster.polygons(buttons)
        canvas.paint(dots, _button_colour(look.garment_rgb), None, weight)
        wings: list[Mask] = []
        for side in (-1, 1):
            rim = raster.polygon(outlines.collar_wing(body, side, 0.009))
            wing = raster.polygon(outlines.collar_wing(body, side))
            canvas.shadow(rim, mask, (0.003, 0.008), 0.010, 0.35 * weight)
            canvas.paint(rim, edge, None, weight)
            canvas.paint(wing, cloth, canvas.form_shade(wing, 0.02, 0.88, 0.004), weight)
            wings.append(rim.scaled(weight))
        return wings

    def paint_sleeve(self, canvas: Canvas, mask: Mask, look: Look) -> None:
        """Paints a sleeve given its mask."""
        shade = canvas.form_shade(mask, 0.045, 0.74, 0.010)
        canvas.paint(mask, _textured(mask, look, self._alphas), shade)


def sleeve_mask(raster: Raster, body: Body, garment: Garment, arm: int) -> Mask | None:
    """The sleeve of arm 0 or 1, or None for a bare arm."""
    points: Sequence[DoubleArray] = outlines.sleeve(
        body, arm, float(garment.sleeve[0]), float(garment.looseness[0])
    )
    return raster.polygons(points) if points else None
