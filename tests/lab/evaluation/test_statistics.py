"""Intervals and set distances against figures found by hand or by another way."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from fice.lab.demo.metrics import cubic_kernel, kernel_distance
from fice.lab.evaluation.bootstrap import Interval, difference_interval, mean_interval
from fice.lab.evaluation.distances import gaussian_kernel, set_difference, set_distance


class TestMeanInterval:
    def test_width_is_that_of_the_normal_approximation(self):
        values = np.random.default_rng(1).normal(3.0, 2.0, 400)
        found = mean_interval(values)
        half = 1.96 * values.std() / 20
        assert found.value == pytest.approx(values.mean())
        assert found.low == pytest.approx(values.mean() - half, abs=0.1 * half)
        assert found.high == pytest.approx(values.mean() + half, abs=0.1 * half)

    def test_cases_without_a_value_do_not_count(self):
        found = mean_interval(np.array([1.0, np.nan, 3.0]))
        assert (found.value, found.cases) == (2.0, 2)

    def test_too_few_cases(self):
        assert mean_interval(np.array([np.nan])) is None
        assert mean_interval(np.array([2.0])) == Interval(2.0, None, None, 1)


class TestDifferenceInterval:
    def test_pairs_cancel_what_cases_have_in_common(self):
        hardness = np.random.default_rng(2).normal(0.0, 5.0, 100)
        paired = difference_interval(hardness + 0.5, hardness)
        assert paired.value == pytest.approx(0.5)
        assert paired.excludes_zero
        assert paired.high - paired.low < 1e-9

    def test_only_shared_cases(self):
        one, other = np.array([1.0, 5.0, np.nan]), np.array([0.0, np.nan, 3.0])
        assert difference_interval(one, other).cases == 1

    def test_apart(self):
        assert Interval(1.0, 0.9, 1.1, 9).is_apart_from(Interval(2.0, 1.2, 2.8, 9))
        assert not Interval(1.0, 0.9, 1.3, 9).is_apart_from(Interval(2.0, 1.2, 2.8, 9))


class TestSetDistance:
    @pytest.fixture
    def features(self):
        random = torch.Generator().manual_seed(0)
        edited, real = (torch.randn(60, 8, generator=random) for _ in range(2))
        return edited, edited + 0.3, real

    def test_value_is_the_unbiased_estimate(self, features):
        edited, _, real = features
        found = set_distance(cubic_kernel, edited, real)
        assert found.value == pytest.approx(1000 * kernel_distance(edited, real))
        assert found.low < found.value < found.high

    def test_by_hand(self):
        one, real = torch.tensor([[1.0, 0.0], [0.0, 1.0]]), torch.tensor([[1.0, 0.0], [1.0, 0.0]])
        near = float(np.exp(-2 / 200))
        expected = 1000 * (near + 1 - 2 * (1 + 1 + near + near) / 4)
        assert set_distance(gaussian_kernel, one, real).value == pytest.approx(expected)

    def test_a_case_drawn_twice_is_no_likeness(self, features):
        """With it, resampled distances would all lie above the estimate."""
        edited, _, real = features
        found = set_distance(cubic_kernel, edited, real)
        middle = (found.low + found.high) / 2
        assert abs(middle - found.value) < 0.25 * (found.high - found.low)

    def test_difference_is_of_the_same_cases(self, features):
        edited, shifted, real = features
        same = set_difference(cubic_kernel, edited, edited, real)
        assert (same.value, same.low, same.high) == (0.0, 0.0, 0.0)
        found = set_difference(cubic_kernel, shifted, edited, real)
        apart = [kernel_distance(one, real) for one in (shifted, edited)]
        assert found.value == pytest.approx(1000 * (apart[0] - apart[1]))
