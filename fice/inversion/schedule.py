"""Learning rates over the steps of a run."""

from __future__ import annotations

import math
from typing import Literal

Schedule = Literal["constant", "warmup_cosine"]

WARMUP_STEPS = 10
FINAL_FRACTION = 0.1


def learning_rate_factor(schedule: Schedule, step: int, steps: int) -> float:
    """Factor of the learning rate in `step` (from 0) of `steps`.

    `constant` is FICE's. `warmup_cosine` rises over the first ten steps, since Adam's first steps
    have the full length whatever the gradient, and falls to a tenth along half a cosine.
    """
    if schedule == "constant":
        return 1.0
    warmup = min(1.0, (step + 1) / WARMUP_STEPS)
    cosine = 0.5 * (1.0 + math.cos(math.pi * step / steps))
    return warmup * (FINAL_FRACTION + (1.0 - FINAL_FRACTION) * cosine)
