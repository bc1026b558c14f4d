"""Which codes of a W+ hold pose, shape and texture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from torch import Tensor

from .errors import ShapeError
from .types import Synthesizer

GroupName = Literal["pose", "shape", "texture"]
GROUP_NAMES: tuple[GroupName, ...] = ("pose", "shape", "texture")

# Ends of the coarse and middle layers as fractions of num_ws: 0-3, 4-7, 8-13 of 14 at 256 px.
POSE_FRACTION = 0.3
SHAPE_FRACTION = 0.58


@dataclass(frozen=True)
class LayerGroups:
    """The ws indices of each group; together they cover every layer once, coarse to fine.

    Attributes:
        pose: pose, framing and identity.
        shape: cut of the garment.
        texture: colour, material and pattern.
    """

    pose: range
    shape: range
    texture: range

    @classmethod
    def by_resolution(cls, num_ws: int) -> LayerGroups:
        """The usual split of a generator with `num_ws` codes that says nothing itself."""
        shape_start = round(num_ws * POSE_FRACTION)
        texture_start = round(num_ws * SHAPE_FRACTION)
        return cls(
            pose=range(shape_start),
            shape=range(shape_start, texture_start),
            texture=range(texture_start, num_ws),
        )

    @classmethod
    def of(cls, synthesizer: object, num_ws: int) -> LayerGroups:
        """The groups a generator states in its attribute `layer_groups`, else the usual split.

        Raises:
            ShapeError: if the stated groups do not cover `num_ws` layers.
        """
        stated = getattr(synthesizer, "layer_groups", None)
        if not isinstance(stated, cls):
            return cls.by_resolution(num_ws)
        if stated.indices(*GROUP_NAMES) != tuple(range(num_ws)):
            raise ShapeError("layer_groups", stated.indices(*GROUP_NAMES), (f"0 … {num_ws - 1}",))
        return stated

    def indices(self, *names: GroupName) -> tuple[int, ...]:
        """The ws indices of the groups `names`, in ascending order."""
        chosen: list[int] = []
        for name in GROUP_NAMES:
            if name in names:
                chosen.extend(getattr(self, name))
        return tuple(chosen)


def mean_ws(synthesizer: Synthesizer) -> Tensor:
    """W+ of the mean figure, `[1, num_ws, w_dim]`."""
    return synthesizer.w_avg.repeat(1, synthesizer.num_ws, 1)
