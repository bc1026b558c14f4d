"""The visual parameters of a figure, grouped as a generator wants to receive them.

All lengths and positions are in world units (see `fice.demo.world.frame`). The three groups hold
redundant features on purpose (an arm's direction and its joints, pattern weights and the tints
they cause): the picture is then close to linear in them.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TypeVar

import numpy as np

from .arrays import FloatArray


@dataclass(frozen=True)
class Body:
    """Everything of the person's geometry that is not the garment. Index 0 is picture left."""

    upper_directions: FloatArray
    """Unit vectors shoulder to elbow, [2 arms, xy]."""
    lower_directions: FloatArray
    """Unit vectors elbow to wrist, [2 arms, xy]."""
    shoulders_x: FloatArray
    """Shoulder joints, [2]; their height is fixed."""
    elbows: FloatArray
    """[2 arms, xy]."""
    wrists: FloatArray
    """[2 arms, xy]."""
    hands: FloatArray
    """Hand centres, [2 arms, xy]."""
    centre_x: FloatArray
    """[1]."""
    half_widths: FloatArray
    """Shoulder, waist and hip half widths, [3]."""
    head: FloatArray
    """Centre x and half width of the face, [2]."""
    hair: FloatArray
    """Length in 0..1, lower end y, half width of the hair mass, [3]."""
    bun: FloatArray
    """Size of the bun in 0..1, [1]."""


@dataclass(frozen=True)
class Garment:
    """Geometry of the clothes."""

    sleeve: FloatArray
    """Covered fraction of the arm's length, [1]."""
    sleeve_weights: FloatArray
    """Sleeveless, short, long; sums to 1, [3]."""
    neckline_weights: FloatArray
    """Round, v, turtleneck, collar; sums to 1, [4]."""
    neckline: FloatArray
    """Depth and half width of the neck opening, [2]."""
    dress: FloatArray
    """0 for a top, 1 for a dress, [1]."""
    hem: FloatArray
    """Height at which the upper garment ends, [1]."""
    looseness: FloatArray
    """Distance between cloth and body, [1]."""
    skirt: FloatArray
    """0 for trousers, 1 for a skirt, [1]."""


@dataclass(frozen=True)
class Look:
    """Colours, patterns and the face. Colours are RGB in 0..1."""

    garment_rgb: FloatArray
    second_rgb: FloatArray
    pattern_weights: FloatArray
    """Solid, horizontal stripes, vertical stripes, checks, dots; sums to 1, [5]."""
    pattern_tints: FloatArray
    """Weight times colour difference per pattern after solid, [4, 3]."""
    lower_rgb: FloatArray
    background_rgb: FloatArray
    background_gradient: FloatArray
    """Relative brightening towards the bottom, [1]."""
    skin_rgb: FloatArray
    hair_rgb: FloatArray
    lips_rgb: FloatArray
    face: FloatArray
    """Smile and eye opening in 0..1, [2]."""


_Group = TypeVar("_Group", Body, Garment, Look)

_SHAPES: dict[str, tuple[int, ...]] = {
    "upper_directions": (2, 2),
    "lower_directions": (2, 2),
    "shoulders_x": (2,),
    "elbows": (2, 2),
    "wrists": (2, 2),
    "hands": (2, 2),
    "centre_x": (1,),
    "half_widths": (3,),
    "head": (2,),
    "hair": (3,),
    "bun": (1,),
    "sleeve": (1,),
    "sleeve_weights": (3,),
    "neckline_weights": (4,),
    "neckline": (2,),
    "dress": (1,),
    "hem": (1,),
    "looseness": (1,),
    "skirt": (1,),
    "garment_rgb": (3,),
    "second_rgb": (3,),
    "pattern_weights": (5,),
    "pattern_tints": (4, 3),
    "lower_rgb": (3,),
    "background_rgb": (3,),
    "background_gradient": (1,),
    "skin_rgb": (3,),
    "hair_rgb": (3,),
    "lips_rgb": (3,),
    "face": (2,),
}


def _flatten(group: Body | Garment | Look) -> FloatArray:
    parts = [np.asarray(getattr(group, f.name), np.float32).ravel() for f in fields(group)]
    return np.concatenate(parts)


def _unflatten(kind: type[_Group], vector: FloatArray) -> _Group:
    values: dict[str, FloatArray] = {}
    start = 0
    for field in fields(kind):
        shape = _SHAPES[field.name]
        stop = start + int(np.prod(shape))
        values[field.name] = np.asarray(vector[start:stop], np.float32).reshape(shape)
        start = stop
    return kind(**values)


def _names(kind: type[Body] | type[Garment] | type[Look]) -> tuple[str, ...]:
    names: list[str] = []
    for field in fields(kind):
        shape = _SHAPES[field.name]
        names.extend(".".join([field.name, *map(str, i)]) for i in np.ndindex(*shape))
    return tuple(names)


FACTOR_NAMES: dict[str, tuple[str, ...]] = {
    "pose": _names(Body),
    "shape": _names(Garment),
    "appearance": _names(Look),
}
"""Name of every entry of the three factor vectors."""

POSE_DIM = len(FACTOR_NAMES["pose"])
SHAPE_DIM = len(FACTOR_NAMES["shape"])
APPEARANCE_DIM = len(FACTOR_NAMES["appearance"])
FACTOR_DIM = POSE_DIM + SHAPE_DIM + APPEARANCE_DIM


def factor_indices(*fields_named: str) -> list[int]:
    """Which entries of the concatenated factor vector belong to the named fields, in order."""
    names = [name.split(".")[0] for group in FACTOR_NAMES.values() for name in group]
    return [i for field in fields_named for i, name in enumerate(names) if name == field]


@dataclass(frozen=True)
class Factors:
    """All visual parameters of one figure; they determine its picture completely."""

    body: Body
    garment: Garment
    look: Look

    @property
    def pose(self) -> FloatArray:
        """The body as float32 [POSE_DIM]."""
        return _flatten(self.body)

    @property
    def shape(self) -> FloatArray:
        """The garment's geometry as float32 [SHAPE_DIM]."""
        return _flatten(self.garment)

    @property
    def appearance(self) -> FloatArray:
        """Colours, pattern and face as float32 [APPEARANCE_DIM]."""
        return _flatten(self.look)

    @property
    def vector(self) -> FloatArray:
        """Pose, shape and appearance concatenated, float32 [FACTOR_DIM]."""
        return np.concatenate([self.pose, self.shape, self.appearance])

    @staticmethod
    def from_vector(vector: FloatArray) -> Factors:
        """Rebuilds factors from their concatenated vector (float32 [FACTOR_DIM])."""
        if vector.shape != (FACTOR_DIM,):
            raise ValueError(f"expected a vector of length {FACTOR_DIM}, got shape {vector.shape}")
        second, third = POSE_DIM, POSE_DIM + SHAPE_DIM
        return Factors(
            _unflatten(Body, vector[:second]),
            _unflatten(Garment, vector[second:third]),
            _unflatten(Look, vector[third:]),
        )
