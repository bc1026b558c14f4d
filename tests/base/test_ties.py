"""Scores that only rounding tells apart are ties."""

from __future__ import annotations

import torch

from fice.base.ties import TIE, bar, first_least, largest_first


def test_a_bar_is_lower_by_the_tolerance_for_scores_of_any_sign():
    scores = torch.tensor([2.0, 0.0, -2.0], dtype=torch.float64)
    assert bar(scores).tolist() == [2.0 * (1 - TIE), 0.0, -2.0 * (1 + TIE)]


def test_first_of_ties():
    assert first_least([3.0, 1.0, 1.0 - TIE / 2, 1.0 + TIE / 2, 2.0]) == 1
    assert first_least([3.0, 1.0, 1.0 - 2 * TIE]) == 2


def test_nothing_below_the_bound():
    assert first_least([1.0, 1.0 - TIE / 2], bound=1.0) is None
    assert first_least([]) is first_least([float("nan")]) is None


def test_order():
    assert largest_first([1.0, 3.0, 3.0 + TIE, 2.0]) == [1, 2, 3, 0]
