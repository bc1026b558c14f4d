"""How sure an alignment is."""

from __future__ import annotations

import math

LOW = 0.5
"""Below this an alignment is not relied on, and said to be unsure."""

FAILED = 2.0
"""Pixels of a photo of a megapixel from which an alignment counts as failed."""

# Chosen on pairs of other photos than those that docs/exact.md measures: there the expected error
# was within a factor of two of the true one, and pictures of something else expected ten and more.
ERROR_SLOPE = 4.0
SHARE_SLOPE, LEAST_SHARE = 2.0, 0.05


def confidence(expected_error: float, share: float) -> float:
    """The probability that an alignment is less than two pixels off, 0 to 1.

    Args:
        expected_error: in pixels of a photo of a megapixel.
        share: of the corners looked for, how many agree.
    """
    if not math.isfinite(expected_error) or share <= 0.0:
        return 0.0
    score = ERROR_SLOPE * math.log(FAILED / max(expected_error, 1e-6))
    score += SHARE_SLOPE * min(0.0, math.log(share / LEAST_SHARE))
    return 1.0 / (1.0 + math.exp(-max(-50.0, min(50.0, score))))
