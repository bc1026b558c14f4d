"""How far numbers of a device are from those that are expected."""

from __future__ import annotations

from torch import Tensor

SMALLEST = 1e-30  # what is expected may be zero


def largest(ours: Tensor, theirs: Tensor) -> float:
    """Largest deviation, relative to the largest number that is expected."""
    away = (ours.detach().cpu() - theirs.cpu()).abs().max()
    return float(away / theirs.cpu().abs().max().clamp(min=SMALLEST))


def of_norm(ours: Tensor, theirs: Tensor) -> float:
    """Norm of the deviation, relative to that of what is expected.

    Single gradients of a deep network differ by which side of zero rounding puts a ReLU on.
    """
    away = (ours.detach().cpu() - theirs.cpu()).norm()
    return float(away / theirs.cpu().norm().clamp(min=SMALLEST))
