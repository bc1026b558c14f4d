"""Confidence intervals by resampling the cases, which all methods share (paired bootstrap)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

RESAMPLES = 5000
LEVEL = 0.95
SEED = 0
FEWEST = 2  # cases that can be resampled at all


@dataclass(frozen=True)
class Interval:
    """An estimate and how far it may be off.

    Attributes:
        value: over all cases.
        low: 2.5th percentile over resampled cases; None with fewer than two cases.
        high: 97.5th percentile.
        cases: number of cases that it rests on.
    """

    value: float
    low: float | None
    high: float | None
    cases: int

    def is_apart_from(self, other: Interval) -> bool:
        """Whether the two intervals do not overlap."""
        if self.low is None or self.high is None or other.low is None or other.high is None:
            return False
        return self.low > other.high or self.high < other.low

    @property
    def excludes_zero(self) -> bool:
        """Whether a difference is significant at this level."""
        return self.low is not None and self.high is not None and (self.low > 0 or self.high < 0)


def draw_counts(cases: int, resamples: int = RESAMPLES) -> Floats:
    """How often each case is in each resample, `[R, N]`; the same for equal numbers of cases."""
    random = np.random.default_rng(SEED)
    return random.multinomial(cases, [1 / cases] * cases, size=resamples).astype(np.float64)


def mean_interval(values: Floats) -> Interval | None:
    """The mean of one number per case, NaN where there is none; None without any number."""
    known = values[~np.isnan(values)]
    return interval(lambda counts: counts @ known / len(known), len(known))


def difference_interval(one: Floats, other: Floats) -> Interval | None:
    """The mean of `one - other` over the cases that have both, in the same order."""
    return mean_interval(one - other)


def interval(statistic: Callable[[Floats], Floats], cases: int) -> Interval | None:
    """The interval of any statistic.

    Args:
        statistic: its values `[R]` for counts `[R, N]` of the cases.
        cases: N.

    Returns:
        None without cases.
    """
    if cases == 0:
        return None
    value = float(statistic(np.ones((1, cases)))[0])
    if cases < FEWEST:
        return Interval(value, None, None, cases)
    tail = 50 * (1 - LEVEL)
    low, high = np.nanpercentile(statistic(draw_counts(cases)), [tail, 100 - tail])
    return Interval(value, float(low), float(high), cases)
