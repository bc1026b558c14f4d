from __future__ import annotations

import numpy as np
import pytest

from fice.reports.plots import (
    ACCENT,
    COLOURS,
    Axis,
    Estimate,
    Point,
    intervals_plot,
    loss_plot,
    points_plot,
)

PLACES = ((0.0, 0.0), (0.001, 0.0), (9.0, 9.0))


def places(picture, colour):
    """Rows and columns of the pixels that have `colour`."""
    return np.nonzero((picture == colour).all(2))


class TestAxis:
    def test_ends_and_middle(self):
        axis = Axis(0.0, 10.0, 100.0, 50.0)
        assert [axis(value) for value in (0.0, 5.0, 10.0)] == [100.0, 75.0, 50.0]

    def test_equal_steps_are_equal_factors(self):
        axis = Axis(0.01, 1.0, 0.0, 100.0, logarithmic=True)
        assert [axis(value) for value in (0.01, 0.1, 1.0)] == pytest.approx([0.0, 50.0, 100.0])
        assert axis(0.0) == axis(-1.0) == 0.0

    @pytest.mark.parametrize(
        ("low", "high", "logarithmic"),
        [
            *((0.55, 0.74, False), (1, 299, False), (0.001, 80, False), (-3, 4, False)),
            *((0.068, 0.68, True), (0.001, 0.3, True), (1e-4, 1, True), (3e-9, 3e-5, True)),
        ],
    )
    def test_ticks_are_round_and_few(self, low, high, logarithmic):
        ticks = Axis(low, high, 0, 600, logarithmic).ticks
        assert 2 <= len(ticks) <= 9
        assert all(low <= tick <= high for tick in ticks)
        assert all(float(f"{tick:.2g}") == pytest.approx(tick, rel=1e-9) for tick in ticks)

    def test_equal_values(self):
        axis = Axis.around([3.0, 3.0], 0, 100)
        assert axis(3.0) == 50
        assert Axis.around([0.0], 0, 100)(0.0) == 50


class TestLossPlot:
    def test_a_falling_loss_falls(self):
        picture = loss_plot({"clip": [1.0, 0.1, 0.01]})
        rows, columns = places(picture[80:], COLOURS[0])
        assert rows[columns.argmin()] < rows.mean() < rows[columns.argmax()]

    def test_each_loss_has_its_colour_and_its_name(self):
        one = loss_plot({"clip": [1.0, 0.5]})
        two = loss_plot({"clip": [1.0, 0.5], "pose": [0.9, 0.2]})
        other = loss_plot({"clip": [1.0, 0.5], "head": [0.9, 0.2]})
        assert not places(one, COLOURS[1])[0].size
        assert places(two, COLOURS[1])[0].size > 200
        assert (two[:40] != other[:40]).any()

    def test_the_legend_stands_above_the_curves(self):
        names = {f"a long name of a loss {index}": [0.3, 0.2] for index in range(7)}
        picture = loss_plot(names, (384, 384))
        for colour in COLOURS:
            rows = np.unique(places(picture, colour)[0])
            assert rows.size
        curve = places(picture, COLOURS[6])[0]
        assert picture.shape == (384, 384, 3)
        assert curve.max() > 384 * 0.4

    @pytest.mark.parametrize(
        "losses", [{}, {"a": []}, {"a": [0.0, 0.0]}, {"a": [1.0]}, {"a": [-1.0, 2.0]}]
    )
    def test_any_losses(self, losses):
        assert loss_plot(losses).shape == (360, 640, 3)

    def test_size(self):
        assert loss_plot({"a": [1.0, 2.0]}, (200, 300), 9).shape == (300, 200, 3)


class TestPoints:
    def test_larger_values_lie_further_right_and_higher(self):
        rows, columns = places(points_plot([Point("", 1, 1), Point("", 3, 5)], "x", "y"), ACCENT)
        assert rows[columns.argmin()] > rows[columns.argmax()]

    def test_labels_and_titles_are_whole(self):
        long = "a very long label of a point at the right"
        ends = [
            points_plot([Point("", 1, 1), Point(label, 3, 5)], "x", "y")[:, -10:]
            for label in ("", long)
        ]
        assert all((end == 255).all() for end in ends)

    def test_labels_of_near_points_do_not_cover_each_other(self):
        def ink(*labels):
            points = [Point(label, *at) for label, at in zip(labels, PLACES, strict=True)]
            return int((points_plot(points, "x", "y")[:, :700] < 100).sum())

        bare = ink("", "", "")
        apart = ink("aaaa", "", "") + ink("", "bbbb", "") - 2 * bare
        assert ink("aaaa", "bbbb", "") - bare == pytest.approx(apart, rel=0.02)


class TestIntervals:
    def test_lines_go_from_low_to_high(self):
        wide = intervals_plot([Estimate("a", 0, 5, 10, accented=True), Estimate("b", 4, 5, 6)])
        columns = places(wide, ACCENT)[1]
        other = places(wide, (38, 40, 46))[1]
        middle = (columns[columns > 60].min() + columns.max()) / 2
        assert np.ptp(columns[columns > 60]) > 700
        assert abs(np.median(other[other > 300]) - middle) < 20

    def test_names_are_whole(self):
        rows = [Estimate("a very long name of a method@with=many,settings", 0, 1, 2)]
        assert (intervals_plot(rows)[:, :8] == 255).all()
