"""Early stop: nothing gets better any more. Not part of FICE."""

from __future__ import annotations

import torch
from torch import Tensor

from .device_queue import look_every
from .step import InversionStep

SMALLEST_GAIN = 0.005  # of the best total so far; less is the noise of random views


class Plateau:
    """Watches the totals of a run; on a GPU it ends a few steps late, see `look_every`.

    Args:
        patience: steps without a gain, of every image of the batch, after which the run is over.
        smallest_gain: share of the best total so far by which a step must be better to count.
    """

    def __init__(self, patience: int, smallest_gain: float = SMALLEST_GAIN) -> None:
        if patience < 1:
            raise ValueError(f"patience is {patience}, at least 1 is needed.")
        self._patience = patience
        self._smallest_gain = smallest_gain
        self._best: Tensor | None = None
        self._waited: Tensor | None = None
        self._steps = 0

    def reached_by(self, step: InversionStep) -> bool:
        """Takes note of `step` and tells whether the run should end with it."""
        if self._best is None or self._waited is None:
            self._best, self._waited = step.total, torch.zeros_like(step.total)
            return False
        gained = step.total < self._best - self._smallest_gain * self._best.abs()
        self._waited = torch.where(gained, 0.0, self._waited + 1)
        self._best = torch.where(gained, step.total, self._best)
        self._steps += 1
        if self._steps % look_every(step.total.device):
            return False
        return bool((self._waited >= self._patience).all())
