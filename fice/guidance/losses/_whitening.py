"""Distances in W measured by how far codes usually lie apart."""

from __future__ import annotations

import torch
from torch import Tensor

# A dimension that hardly varies must not turn into an infinite wall; relative to the mean w_std.
MIN_RELATIVE_STD = 0.1


def standardised_distance(ws: Tensor, centre: Tensor, w_std: Tensor) -> Tensor:
    """Mean square of `(ws - centre) / w_std` per image.

    Args:
        ws: `[B, L, w_dim]`.
        centre: broadcastable to `ws`.
        w_std: `[w_dim]`, raised to a tenth of its mean where it is smaller.

    Returns:
        `[B]`; 1 is the typical distance of a random code from the mean.
    """
    # Not by a number of Python's: a GPU would wait for it in every step.
    scale = torch.maximum(w_std, w_std.mean() * MIN_RELATIVE_STD)
    return ((ws - centre) / scale).square().flatten(1).mean(1)
