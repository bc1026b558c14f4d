"""Rendering a figure with its labels, back to front."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from . import figure as ids
from . import frame, outlines
from .arrays import BoolArray, FloatArray
from .canvas import Canvas
from .cloth import Tailor, sleeve_mask
from .curves import ellipse
from .factor_types import Body, Factors, Look
from .figure import Figure
from .head import HeadMasks, paint_back_hair, paint_head
from .labels import Affine, LabelPainter
from .mask import Mask, Raster, union


@dataclass(frozen=True)
class _Arm:
    """Masks of one arm as painted."""

    whole: Mask
    sleeve: Mask | None
    hand: Mask


class Renderer:
    """Draws figures at one picture size.

    Args:
        size: Side of the picture in pixels.
        supersample: Grid pixels per picture pixel and axis while painting.
    """

    def __init__(self, size: int = 128, supersample: int = 2) -> None:
        if size < 16 or supersample < 1:
            raise ValueError(f"cannot render at size {size}, supersample {supersample}")
        cv2.setNumThreads(1)
        self.size = size
        self._raster = Raster(size * supersample, supersample)
        self._canvas = Canvas(self._raster)
        self._tailor = Tailor(self._raster)
        line = (np.arange(self._raster.side, dtype=np.float64) + 0.5) / self._raster.side
        x, y = line[None], line[:, None]
        vignette = 1.03 - 0.14 * ((x - 0.5) ** 2 + (y - 0.45) ** 2)
        self._vignette: FloatArray = vignette.astype(np.float32)
        self._height: FloatArray = (0.0 * x + 2 * y - 1).astype(np.float32)

    def render(self, factors: Factors) -> Figure:
        """Draws one figure; equal factors give equal pixels."""
        canvas, body, look = self._canvas, factors.body, factors.look
        labels = LabelPainter(self._raster)
        self._background(look)
        back_hair = paint_back_hair(canvas, body, look)
        skin = self._bare_trunk(factors)
        lower = self._tailor.paint_lower(canvas, factors)
        garment = self._tailor.paint_trunk(canvas, factors, union([skin, lower]))
        trunk = union([lower, skin, garment])
        arms = [self._arm(factors, index, trunk) for index in (0, 1)]
        head = paint_head(canvas, body, look)
        self._label_regions(labels, back_hair, union([lower, skin]), garment, arms, head)
        self._label_chart(labels, body, back_hair, trunk, arms, head)
        return Figure(
            canvas.picture(), labels.regions, labels.chart_i, labels.chart_u, labels.chart_v
        )

    def _background(self, look: Look) -> None:
        light = self._vignette + look.background_gradient[0] * self._height
        for plane, value in zip(self._canvas.planes, look.background_rgb, strict=True):
            np.multiply(light, value, out=plane)

    def _bare_trunk(self, factors: Factors) -> Mask:
        """Neck and trunk without clothes; only a neckline's opening will show of it."""
        canvas, body, look = self._canvas, factors.body, factors.look
        trunk = outlines.torso(body, frame.THIGH_Y, -0.004)
        mask = self._raster.polygons([outlines.neck(body), trunk])
        canvas.paint(mask, look.skin_rgb, canvas.form_shade(mask, 0.06, 0.80, 0.014))
        hx, hw = (float(v) for v in body.head)
        chin_y = frame.HEAD_Y + frame.HEAD_HALF_HEIGHT * 0.62
        chin = ellipse(hx + 0.006, chin_y, hw * 0.85, frame.HEAD_HALF_HEIGHT * 0.6)
        canvas.shadow(self._raster.polygon(chin), mask, (0.0, 0.014), 0.014, 0.30)
        return mask

    def _arm(self, factors: Factors, index: int, trunk: Mask) -> _Arm:
        canvas, body, look = self._canvas, factors.body, factors.look
        hand = self._raster.polygons(outlines.hand(body, index))
        skin = union([self._raster.polygons(outlines.arm(body, index)), hand])
        sleeve = sleeve_mask(self._raster, body, factors.garment, index)
        whole = skin if sleeve is None else union([skin, sleeve])
        canvas.shadow(whole, trunk, (0.012, 0.012), 0.032, 0.26)
        canvas.paint(skin, look.skin_rgb, canvas.form_shade(skin, 0.035, 0.78, 0.008))
        if sleeve is not None:
            canvas.shadow(sleeve, skin, (0.0, 0.006), 0.012, 0.30)
            self._tailor.paint_sleeve(canvas, sleeve, look)
        return _Arm(whole, sleeve, hand)

    @staticmethod
    def _label_regions(
        labels: LabelPainter,
        back_hair: Mask,
        body: Mask,
        garment: Mask,
        arms: list[_Arm],
        head: HeadMasks,
    ) -> None:
        labels.region(labels.covered(back_hair), ids.REGION_HEAD)
        labels.region(labels.covered(body), ids.REGION_BODY)
        labels.region(labels.covered(garment), ids.REGION_GARMENT)
        for arm in arms:
            labels.region(labels.covered(arm.whole), ids.REGION_BODY)
            if arm.sleeve is not None:
                labels.region(labels.covered(arm.sleeve), ids.REGION_GARMENT)
        labels.region(labels.covered(union([head.face, head.hair])), ids.REGION_HEAD)

    @staticmethod
    def _label_chart(
        labels: LabelPainter,
        body: Body,
        back_hair: Mask,
        trunk: Mask,
        arms: list[_Arm],
        head: HeadMasks,
    ) -> None:
        cx, hx = float(body.centre_x[0]), float(body.head[0])
        head_v = Affine(0.0, 1 / 0.26, -0.07 / 0.26)
        above_shoulders = Affine(0.0, -1.0, 0.33)

        hair = labels.covered(back_hair)
        where = (hair.alpha > 127) & (labels.values(hair, above_shoulders) > 0)
        labels.split_chart(hair, where, hx, 0.2, ids.CHART_HEAD, head_v)

        small = labels.covered(trunk)
        solid = small.alpha > 127
        legs = labels.values(small, Affine(0.0, 1.0, -frame.THIGH_Y)) >= 0
        thigh_v = Affine(0.0, 1 / 0.22, -frame.THIGH_Y / 0.22)
        torso_v = Affine(0.0, 1 / 0.46, -0.32 / 0.46)
        labels.split_chart(small, solid & legs, cx, 0.2, ids.CHART_THIGHS, thigh_v)
        torso_u = Affine(1 / 0.40, 0.0, 0.5 - cx / 0.40)
        labels.chart(small, solid & ~legs, ids.CHART_TORSO, torso_u, torso_v)

        for index, arm in enumerate(arms):
            _chart_arm(labels, body, index, arm)

        front = labels.covered(union([head.face, head.hair]))
        where = (front.alpha > 127) & (labels.values(front, above_shoulders) > 0)
        labels.split_chart(front, where, hx, 0.2, ids.CHART_HEAD, head_v)


def _chart_arm(labels: LabelPainter, body: Body, index: int, arm: _Arm) -> None:
    """Charts one arm; the elbow's bisector separates upper arm and forearm."""
    elbow = (float(body.elbows[index, 0]), float(body.elbows[index, 1]))
    ux, uy = (float(v) for v in body.upper_directions[index])
    lx, ly = (float(v) for v in body.lower_directions[index])
    small = labels.covered(arm.whole)
    solid: BoolArray = small.alpha > 127
    bisector = Affine.along(elbow, (ux + lx, uy + ly), 1.0, 0.0)
    upper = labels.values(small, bisector) < 0
    labels.chart(
        small,
        solid & upper,
        ids.CHART_UPPER_ARMS[index],
        Affine.along(elbow, (-uy, ux), 0.12, 0.5),
        Affine.along(elbow, (ux, uy), frame.UPPER_ARM + 0.05, 1.0),
    )
    forearm_v = Affine.along(elbow, (lx, ly), frame.LOWER_ARM + 0.02, 0.1)
    across = Affine.along(elbow, (-ly, lx), 0.10, 0.5)
    labels.chart(small, solid & ~upper, ids.CHART_LOWER_ARMS[index], across, forearm_v)

    hand = labels.covered(arm.hand)
    beyond = Affine.along(elbow, (lx, ly), 1.0, -frame.LOWER_ARM)
    where = (hand.alpha > 127) & (labels.values(hand, beyond) > 0)
    hand_u = Affine.along(elbow, (-ly, lx), 0.07, 0.5)
    hand_v = Affine.along(elbow, (lx, ly), 0.08, -frame.LOWER_ARM / 0.08)
    labels.chart(hand, where, ids.CHART_HANDS[index], hand_u, hand_v)
