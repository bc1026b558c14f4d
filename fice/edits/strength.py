"""Between two W+, and beyond: how much of an edit, per layer group."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from ..base.errors import ShapeError
from ..base.layer_groups import LayerGroups
from ..base.shapes import check_shape


@dataclass(frozen=True)
class GroupStrengths:
    """Factor of each layer group; 0 keeps a group as it was.

    Attributes:
        pose: pose, framing and identity.
        shape: cut of the garment.
        texture: colour, material and pattern.
    """

    pose: float = 1.0
    shape: float = 1.0
    texture: float = 1.0

    def per_layer(self, layers: LayerGroups, like: Tensor) -> Tensor:
        """The factor of each code, `[num_ws, 1]`, where and as precise as `like`."""
        parts = (
            (self.pose, layers.pose),
            (self.shape, layers.shape),
            (self.texture, layers.texture),
        )
        factors = [strength for strength, codes in parts for _ in codes]
        return torch.tensor(factors, dtype=like.dtype, device=like.device).unsqueeze(1)


EVERYTHING = GroupStrengths()
"""All groups alike."""


def blend_ws(
    a: Tensor,
    b: Tensor,
    amount: float,
    groups: GroupStrengths = EVERYTHING,
    layers: LayerGroups | None = None,
) -> Tensor:
    """`a + amount · groups · (b - a)`, exactly `a` at 0 and exactly `b` at 1.

    Args:
        a: `[B, num_ws, w_dim]`.
        b: as `a`; either may be a single one for all of the other.
        amount: 0 to 1; beyond 1 exaggerates what tells b from a, below 0 does the opposite.
        groups: factor per layer group.
        layers: which codes belong to a group; None is the usual split.

    Raises:
        ShapeError: if the two are not W+ of the same size.
    """
    check_shape(a, ("B", "num_ws", "w_dim"), "ws")
    check_shape(b, ("B", *a.shape[1:]), "the other ws", "Both must be of one generator.")
    if len(a) != len(b) and 1 not in (len(a), len(b)):
        raise ShapeError("The other ws", tuple(b.shape), (len(a), *a.shape[1:]), "Give one, or B.")
    layers = layers or LayerGroups.by_resolution(a.shape[1])
    count = max(len(a), len(b))
    factors = amount * groups.per_layer(layers, a)
    start, end = a.expand(count, -1, -1), b.to(a).expand(count, -1, -1)
    # lerp, unlike the formula written out, meets both ends without rounding.
    return torch.lerp(start, end, factors.expand_as(start))


def edit_strength(
    start_ws: Tensor,
    edited_ws: Tensor,
    strength: float,
    groups: GroupStrengths = EVERYTHING,
    layers: LayerGroups | None = None,
) -> Tensor:
    """An edit made weaker, stronger, or opposite, after the fact; see `blend_ws`.

    Raises:
        ShapeError: if the two are not W+ of the same size.
    """
    return blend_ws(start_ws, edited_ws, strength, groups, layers)
