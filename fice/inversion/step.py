"""One evaluated step of a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True)
class InversionStep:
    """One evaluated step; tensors are detached.

    Attributes:
        index: 0 for the start.
        ws: the W+ that was evaluated, `[B, num_ws, w_dim]`.
        image: its image, `[B, 3, H, W]`, not clamped.
        losses: weighted loss per term, `[B]` each.
        total: their sum, `[B]`.
    """

    index: int
    ws: Tensor
    image: Tensor
    losses: Mapping[str, Tensor]
    total: Tensor
