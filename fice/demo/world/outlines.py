"""Outlines of the body and the clothes, as polygons in world units."""

from __future__ import annotations

import numpy as np

from . import frame
from .curves import Points, ellipse, lerp, limb, mirrored, spline
from .factor_types import Body, Garment


def torso(body: Body, hem: float, slack: float, flare: float = 0.03) -> Points:
    """The trunk from the neck to a hem.

    Args:
        body: The person.
        hem: Lower end; below the hips the outline flares like a skirt.
        slack: Distance of the outline from the body.
        flare: Widening from the hips to the picture's lower edge.
    """
    cx = float(body.centre_x[0])
    shoulder, waist, hip = (float(v) for v in body.half_widths)
    side = spline(
        [
            (cx + 0.044, 0.336),
            (cx + shoulder * 0.62, 0.362),
            (cx + shoulder + slack * 0.3, frame.SHOULDER_Y - 0.002),
            (cx + shoulder * 0.93 + slack * 0.4, frame.SHOULDER_Y + 0.07),
            (cx + waist * 1.05 + slack, (frame.SHOULDER_Y + frame.WAIST_Y) / 2 + 0.03),
            (cx + waist + slack, frame.WAIST_Y),
            (cx + lerp(waist, hip, 0.75) + slack, 0.745),
            (cx + hip + slack * 0.8, frame.HIP_Y),
            (cx + hip + slack * 0.8 + flare, 1.06),
        ]
    )
    x_hem = float(np.interp(hem, side[:, 1], side[:, 0]))
    kept = side[side[:, 1] < hem - 0.002]
    half = x_hem - cx
    # A hem hangs around a round body: its middle is a little lower than its ends.
    bottom = [(cx + half * t, hem + 0.010 * (1.0 - t * t)) for t in (1.0, 0.75, 0.4, 0.0)]
    return mirrored(np.vstack([kept, bottom]), cx)


def neck(body: Body) -> Points:
    """The neck with the slope of the shoulders, wide enough to show under any neckline."""
    cx, hx = float(body.centre_x[0]), float(body.head[0])
    tilt = hx - cx
    right = spline(
        [(cx + 0.041 + tilt, 0.26), (cx + 0.042, 0.325), (cx + 0.068, 0.360), (cx + 0.12, 0.42)]
    )
    left = spline(
        [(cx - 0.12, 0.42), (cx - 0.068, 0.360), (cx - 0.042, 0.325), (cx - 0.041 + tilt, 0.26)]
    )
    return np.vstack([right, left])


def neck_opening(body: Body, garment: Garment, grow: float = 0.0) -> Points:
    """The part of the chest that the garment leaves bare.

    Args:
        body: The person.
        garment: Its neckline.
        grow: Widening on all sides, for the trim.
    """
    cx = float(body.centre_x[0])
    bare, collar = float(garment.sleeve_weights[0]), float(garment.neckline_weights[3])
    turtle = float(garment.neckline_weights[2])
    wider = bare * (1.0 - turtle) * (1.0 - collar)
    depth = float(garment.neckline[0]) + 0.014 * wider
    half = float(garment.neckline[1]) + 0.012 * wider
    angular = float(garment.neckline_weights[1]) + collar
    angle = np.linspace(0.0, np.pi, 21)
    across = np.cos(angle)
    drop = lerp(np.sin(angle) ** 0.85, 1.0 - np.abs(across), min(angular, 1.0))
    curve = np.stack(
        [cx + (half + grow) * across, frame.NECK_Y + 0.008 + (depth + 1.3 * grow) * drop], axis=1
    )
    top = frame.NECK_Y - 0.08
    return np.vstack([[(cx + half + grow, top)], curve, [(cx - half - grow, top)]])


def arm_hole(body: Body, side: int, size: float) -> Points:
    """The opening that a sleeveless garment leaves at a shoulder (side -1 left, 1 right)."""
    x = float(body.centre_x[0]) + side * (float(body.half_widths[0]) + 0.010)
    return ellipse(x, frame.SHOULDER_Y + 0.012, 0.052 * size, 0.088 * size)


def turtleneck(body: Body) -> tuple[Points, Points]:
    """The tube around the neck and its folded upper band."""
    cx, hx = float(body.centre_x[0]), float(body.head[0])
    top = (cx + hx) / 2
    tube = np.array(
        [
            (top - 0.047, 0.285),
            (top + 0.047, 0.285),
            (cx + 0.052, 0.345),
            (cx + 0.075, 0.385),
            (cx - 0.075, 0.385),
            (cx - 0.052, 0.345),
        ]
    )
    band = np.array(
        [
            (top - 0.049, 0.285),
            (top + 0.049, 0.285),
            (cx + 0.056, 0.338),
            (cx + 0.050, 0.346),
            (cx, 0.352),
            (cx - 0.050, 0.346),
            (cx - 0.056, 0.338),
        ]
    )
    return tube, band


def collar_wing(body: Body, side: int, grow: float = 0.0) -> Points:
    """One wing of a shirt collar (side -1 left, 1 right)."""
    cx = float(body.centre_x[0])
    shape = np.array(
        [(0.040, 0.312), (0.003, 0.398), (0.050, 0.440), (0.088, 0.362), (0.054, 0.318)]
    )
    middle = shape.mean(axis=0)
    outward = shape - middle
    outward /= np.linalg.norm(outward, axis=1, keepdims=True)
    return (shape + grow * outward) * (side, 1.0) + (cx, 0.0)


def placket(body: Body, hem: float) -> Points:
    """The strip that carries a shirt's buttons."""
    cx = float(body.centre_x[0])
    end = hem + 0.006
    return np.array([(cx - 0.012, 0.40), (cx + 0.012, 0.40), (cx + 0.012, end), (cx - 0.012, end)])


def lower_garment(body: Body, skirt: float) -> list[Points]:
    """Trousers, a skirt or a blend, as one outline per leg."""
    cx = float(body.centre_x[0])
    _, waist, hip = (float(v) for v in body.half_widths)
    crotch = lerp(0.832, 1.25, skirt)
    gap = lerp(0.022, 0.0, skirt)
    bottom = hip + lerp(0.010, 0.060, skirt)
    outlines: list[Points] = []
    for side in (-1, 1):
        outer = spline(
            [
                (cx + side * waist, 0.66),
                (cx + side * (hip - 0.006), 0.745),
                (cx + side * (hip + 0.004), frame.HIP_Y),
                (cx + side * bottom, 1.04),
            ]
        )
        inner = [(cx + side * gap, 1.04), (cx + side * gap * 0.7, crotch + 0.03), (cx, crotch)]
        # The halves overlap by a hair, or anti-aliasing would leave a seam in a skirt.
        top = [(cx - side * 0.004, min(crotch, 0.90)), (cx - side * 0.004, 0.66)]
        outlines.append(np.vstack([outer, inner, top]))
    return outlines


def sleeve(body: Body, arm: int, covered: float, slack: float) -> list[Points]:
    """A sleeve covering the fraction `covered` of arm 0 or 1; empty if there is none."""
    reach = covered * (frame.UPPER_ARM + frame.LOWER_ARM)
    if reach < 0.008:
        return []
    shoulder = np.array([float(body.shoulders_x[arm]), frame.SHOULDER_JOINT_Y])
    elbow = body.elbows[arm].astype(np.float64)
    room = 0.005 + 0.35 * slack
    r_shoulder, r_elbow = frame.SHOULDER_RADIUS + room, frame.ELBOW_RADIUS + room
    if reach <= frame.UPPER_ARM:
        end = shoulder + reach * body.upper_directions[arm]
        r_end = lerp(frame.SHOULDER_RADIUS, frame.ELBOW_RADIUS, reach / frame.UPPER_ARM)
        return [limb(shoulder, end, r_shoulder, r_end + 1.3 * room, flat=True)]
    beyond = reach - frame.UPPER_ARM
    end = elbow + beyond * body.lower_directions[arm]
    r_end = lerp(frame.ELBOW_RADIUS, frame.WRIST_RADIUS, beyond / frame.LOWER_ARM)
    return [
        limb(shoulder, elbow, r_shoulder, r_elbow),
        limb(elbow, end, r_elbow, r_end + 0.9 * room, flat=True),
    ]


def arm(body: Body, index: int) -> list[Points]:
    """Upper arm and forearm of arm 0 or 1."""
    shoulder = np.array([float(body.shoulders_x[index]), frame.SHOULDER_JOINT_Y])
    elbow = body.elbows[index].astype(np.float64)
    wrist = body.wrists[index].astype(np.float64)
    return [
        limb(shoulder, elbow, frame.SHOULDER_RADIUS, frame.ELBOW_RADIUS),
        limb(elbow, wrist, frame.ELBOW_RADIUS, frame.WRIST_RADIUS),
    ]


def hand(body: Body, index: int) -> list[Points]:
    """Palm and thumb of arm 0 or 1."""
    x, y = (float(v) for v in body.hands[index])
    dx, dy = (float(v) for v in body.lower_directions[index])
    inward = 1.0 if index == 0 else -1.0
    turn = float(np.arctan2(dy, dx))
    palm = ellipse(x, y, 0.037, 0.0255, turn)
    # The thumb lies on the side of the hand that faces the body.
    thumb = ellipse(
        x - 0.010 * dx + inward * 0.019 * dy,
        y - 0.010 * dy - inward * 0.019 * dx,
        0.021,
        0.0095,
        turn + inward * 0.25,
    )
    return [palm, thumb]
