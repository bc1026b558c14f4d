"""From a latent vector z to the visual parameters of a figure.

Every parameter is a smooth function of z: ranges pass through the normal distribution function,
categories are softmax blends that are mostly near one-hot, sleeves and dresses are plateaus
joined by smooth steps. A mapping network can therefore learn it.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from . import frame
from .arrays import DoubleArray, FloatArray
from .curves import lerp, smoothstep
from .factor_types import (
    APPEARANCE_DIM,
    FACTOR_DIM,
    FACTOR_NAMES,
    POSE_DIM,
    SHAPE_DIM,
    Body,
    Factors,
    Garment,
    Look,
)
from .palette import PALETTE_RGB

__all__ = [
    "APPEARANCE_DIM",
    "FACTOR_DIM",
    "FACTOR_NAMES",
    "POSE_DIM",
    "SHAPE_DIM",
    "Z_DIM",
    "Body",
    "Factors",
    "Garment",
    "Look",
    "decode",
    "draw_z",
    "latent_indices",
]

Z_DIM: Final = 64
_SEED_DOMAIN: Final = 20_240

_LAYOUT: Final = {
    "arms": 4,
    "body": 4,
    "head": 2,
    "hair_length": 1,
    "bun": 1,
    "sleeve": 1,
    "neckline": 4,
    "dress": 1,
    "skirt": 1,
    "hem": 1,
    "looseness": 1,
    "garment": 8,
    "garment_shade": 3,
    "second": 5,
    "pattern": 5,
    "lower": 8,
    "lower_shade": 1,
    "background": 3,
    "gradient": 1,
    "skin": 1,
    "hair": 2,
    "face": 3,
}
assert sum(_LAYOUT.values()) <= Z_DIM


def _slices() -> dict[str, slice]:
    found: dict[str, slice] = {}
    start = 0
    for name, count in _LAYOUT.items():
        found[name] = slice(start, start + count)
        start += count
    return found


_SLICES: Final = _slices()

_PATTERN_SHARPNESS: Final = 12.0
_SOLID_BONUS: Final = 0.42
_NECKLINE_SHARPNESS: Final = 12.0
_COLOUR_SHARPNESS: Final = 11.0
_NECKLINE_GEOMETRY: DoubleArray = np.array(
    [[0.070, 0.080], [0.150, 0.072], [0.004, 0.046], [0.060, 0.044]]
)
"""Depth and half width of the opening for round, v, turtleneck, collar."""

# Sixteen colours on the sixteen half-axes of an 8-dimensional cross-polytope: all equally likely.
_CRIMSON = (0.78, 0.07, 0.22)
_GARMENT_COLOURS: DoubleArray = np.vstack([PALETTE_RGB, [_CRIMSON]]).astype(np.float64)
_DENIM = (0.33, 0.45, 0.66)
_LOWER_COLOURS: DoubleArray = np.vstack([PALETTE_RGB[::-1], [_DENIM]]).astype(np.float64)
_SECOND_COLOURS: DoubleArray = np.array(
    [
        [0.97, 0.97, 0.95],
        [0.10, 0.10, 0.12],
        [0.98, 0.84, 0.20],
        [0.83, 0.13, 0.16],
        [0.13, 0.32, 0.82],
    ]
)
_SECOND_BONUS: DoubleArray = np.array([0.45, 0.25, 0.0, -0.1, -0.1])
_SKIN_STOPS: DoubleArray = np.array(
    [[0.985, 0.86, 0.77], [0.93, 0.73, 0.58], [0.74, 0.52, 0.37], [0.45, 0.29, 0.21]]
)
_HAIR_STOPS: DoubleArray = np.array(
    [[0.10, 0.08, 0.08], [0.31, 0.19, 0.12], [0.60, 0.36, 0.17], [0.90, 0.75, 0.44]]
)
_LUMA: DoubleArray = np.array([0.30, 0.59, 0.11])


def draw_z(seed: int) -> FloatArray:
    """Draws the latent of a figure.

    Args:
        seed: Any non-negative integer; equal seeds give equal latents.

    Returns:
        float32 [Z_DIM], standard normal.
    """
    rng = np.random.default_rng([_SEED_DOMAIN, seed])
    return rng.standard_normal(Z_DIM, dtype=np.float32)


def latent_indices(*names: str) -> list[int]:
    """Which entries of z the named latents occupy, see `_LAYOUT`."""
    return [index for name in names for index in range(Z_DIM)[_SLICES[name]]]


class _Latent:
    """A normalised z, readable by name as normal values or as uniform ones."""

    def __init__(self, z: ArrayLike) -> None:
        raw = np.asarray(z, np.float64)
        if raw.shape != (Z_DIM,):
            raise ValueError(f"z must have shape ({Z_DIM},), got {raw.shape}")
        norm = float(np.linalg.norm(raw))
        self._normal = raw * (math.sqrt(Z_DIM) / max(norm, 1e-8))

    def normal(self, name: str) -> DoubleArray:
        return self._normal[_SLICES[name]]

    def uniform(self, name: str, spread: float = 1.0) -> DoubleArray:
        """Phi of the values: uniform in 0..1, pushed to the extremes for a spread above 1."""
        scale = spread / math.sqrt(2.0)
        return np.array([0.5 * (1.0 + math.erf(v * scale)) for v in self.normal(name)])


def _softmax(logits: DoubleArray, sharpness: float) -> DoubleArray:
    weights = np.exp(sharpness * (logits - logits.max()))
    return weights / weights.sum()


def _stops(stops: DoubleArray, t: float) -> DoubleArray:
    """Colour at t in 0..1 on a piecewise linear ramp."""
    position = t * (len(stops) - 1)
    index = min(int(position), len(stops) - 2)
    return stops[index] + (stops[index + 1] - stops[index]) * (position - index)


def _f32(*values: ArrayLike) -> FloatArray:
    return np.concatenate([np.asarray(v, np.float64).ravel() for v in values]).astype(np.float32)


def _decode_body(latent: _Latent) -> Body:
    body = latent.uniform("body")
    shoulder = lerp(0.145, 0.176, body[0])
    waist = lerp(0.100, 0.136, body[1])
    hip = lerp(0.126, 0.156, body[2])
    centre = 0.5 + lerp(-0.025, 0.025, body[3])

    arms = latent.uniform("arms")
    sides = np.array([-1.0, 1.0])
    raised = np.array([lerp(0.08, 0.60, a**1.3) for a in arms[:2]])
    # An arm held away from the body may bend far inwards (akimbo, over the belly); one that hangs
    # down bends little, or its hand would vanish in the torso.
    most = np.array([lerp(0.5, 1.85, smoothstep(r, 0.2, 0.55)) for r in raised])
    lowered = raised - (-0.12 + (most + 0.12) * arms[2:] ** 1.5)
    upper = np.stack([sides * np.sin(raised), np.cos(raised)], axis=1)
    lower = np.stack([sides * np.sin(lowered), np.cos(lowered)], axis=1)
    shoulders_x = centre + sides * (shoulder - frame.SHOULDER_JOINT_INSET)
    joints = np.stack([shoulders_x, np.full(2, frame.SHOULDER_JOINT_Y)], axis=1)
    elbows = joints + frame.UPPER_ARM * upper
    wrists = elbows + frame.LOWER_ARM * lower
    hands = wrists + frame.HAND_OFFSET * lower

    head = latent.uniform("head")
    half_head = lerp(0.079, 0.089, head[1])
    length = float(latent.uniform("hair_length")[0])
    hair_end = lerp(0.21, 0.50, smoothstep(length, 0.25, 0.95))
    hair_half = half_head * lerp(1.04, 1.34, smoothstep(length, 0.25, 0.7))
    return Body(
        upper_directions=upper.astype(np.float32),
        lower_directions=lower.astype(np.float32),
        shoulders_x=_f32(shoulders_x),
        elbows=elbows.astype(np.float32),
        wrists=wrists.astype(np.float32),
        hands=hands.astype(np.float32),
        centre_x=_f32(centre),
        half_widths=_f32(shoulder, waist, hip),
        head=_f32(centre + lerp(-0.012, 0.012, head[0]), half_head),
        hair=_f32(length, hair_end, hair_half),
        bun=_f32(smoothstep(latent.uniform("bun")[0], 0.74, 0.84)),
    )


def _decode_garment(latent: _Latent) -> Garment:
    sleeve = float(latent.uniform("sleeve")[0])
    short = smoothstep(sleeve, 0.31, 0.36)
    long = smoothstep(sleeve, 0.64, 0.69)
    # Within a plateau the sleeve still varies a little, so that lengths are not three constants.
    wave = 0.04 * math.sin(18.0 * sleeve) * short * (1.0 - long)
    weights = _softmax(latent.normal("neckline"), _NECKLINE_SHARPNESS)
    dress = smoothstep(latent.uniform("dress")[0], 0.76, 0.82)
    hem = lerp(0.715, 0.80, latent.uniform("hem")[0])
    return Garment(
        sleeve=_f32(0.36 * short + 0.61 * long + wave),
        sleeve_weights=_f32(1.0 - short, short - long, long),
        neckline_weights=_f32(weights),
        neckline=_f32(weights @ _NECKLINE_GEOMETRY),
        dress=_f32(dress),
        hem=_f32(lerp(hem, 1.05, dress)),
        looseness=_f32(0.018 * latent.uniform("looseness")[0]),
        skirt=_f32(smoothstep(latent.uniform("skirt")[0], 0.58, 0.66)),
    )


def _cross_polytope_colour(colours: DoubleArray, axes: DoubleArray) -> DoubleArray:
    """Blends sixteen colours, one on each positive and negative half-axis of eight latents."""
    return _softmax(np.concatenate([axes, -axes]), _COLOUR_SHARPNESS) @ colours


def _second_colour(latent: _Latent, base: DoubleArray) -> DoubleArray:
    difference = _SECOND_COLOURS - base
    contrast = np.abs(difference @ _LUMA) + 0.35 * np.linalg.norm(difference, axis=1)
    enough = np.array([smoothstep(c, 0.36, 0.64) for c in contrast])
    return _softmax(latent.normal("second") + _SECOND_BONUS + 6.0 * enough, 14.0) @ _SECOND_COLOURS


def _decode_look(latent: _Latent) -> Look:
    shade = latent.uniform("garment_shade") - 0.5
    garment = _cross_polytope_colour(_GARMENT_COLOURS, latent.normal("garment"))
    garment = np.clip(garment * (1.0 + 0.16 * shade[0]) + 0.09 * (shade - shade.mean()), 0.05, 0.97)
    second = _second_colour(latent, garment)
    logits = latent.normal("pattern").copy()
    logits[0] += _SOLID_BONUS
    weights = _softmax(logits, _PATTERN_SHARPNESS)

    lower = _cross_polytope_colour(_LOWER_COLOURS, latent.normal("lower"))
    lower = np.clip(lower * (1.0 + 0.2 * (latent.uniform("lower_shade")[0] - 0.5)), 0.05, 0.97)
    tone = latent.uniform("background")
    background = 0.64 + 0.30 * (tone.mean() + 0.55 * (tone - tone.mean()))
    skin = _stops(_SKIN_STOPS, float(latent.uniform("skin")[0]))
    hair_tone = latent.uniform("hair")
    hair = _stops(_HAIR_STOPS, float(hair_tone[0]))
    hair = hair * lerp(np.ones(3), np.array([1.15, 0.72, 0.60]), smoothstep(hair_tone[1], 0.6, 0.9))
    face = latent.uniform("face")
    lips = lerp(skin * np.array([0.86, 0.55, 0.53]), np.array([0.74, 0.20, 0.25]), face[2])
    return Look(
        garment_rgb=_f32(garment),
        second_rgb=_f32(second),
        pattern_weights=_f32(weights),
        pattern_tints=np.outer(weights[1:], second - garment).astype(np.float32),
        lower_rgb=_f32(lower),
        background_rgb=_f32(background),
        background_gradient=_f32(lerp(-0.08, 0.08, latent.uniform("gradient")[0])),
        skin_rgb=_f32(skin),
        hair_rgb=_f32(hair),
        lips_rgb=_f32(lips),
        face=_f32(face[:2]),
    )


def decode(z: ArrayLike) -> Factors:
    """Turns a latent into visual parameters.

    Args:
        z: [Z_DIM]; only its direction matters (it is scaled to length sqrt(Z_DIM) first).

    Returns:
        The factors, float32 throughout.
    """
    latent = _Latent(z)
    return Factors(_decode_body(latent), _decode_garment(latent), _decode_look(latent))
