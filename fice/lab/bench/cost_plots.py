"""Plots of what an iteration costs at several sizes, and a run of several lengths."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...base.files import StrPath, write_whole
from ...base.images import encode_image
from ...reports.plots import Point, points_plot

PLOTS = {"sizes": "cost-by-pixels.png", "steps": "cost-by-steps.png"}
TITLES = {
    "sizes": ("thousand pixels of the image", "cpu seconds per iteration, full set"),
    "steps": ("steps", "cpu seconds per run, demo set"),
}


def write_cost_plots(folder: StrPath, figures: Mapping[str, Any]) -> None:
    """Writes a plot for each kind of cost that `figures` has, into `folder`.

    The dashed line is what grows in proportion, through the first point.
    """
    folder = Path(folder)
    for key, found in figures.items():
        part = next((one for one in PLOTS if f"| {one}" in key), None)
        if part:
            points = [_point(name, one["cpu_seconds"]) for name, one in found["figures"].items()]
            plot = points_plot(points, *TITLES[part], guide=_in_proportion(points))
            folder.mkdir(parents=True, exist_ok=True)
            write_whole(folder / PLOTS[part], encode_image(plot))


def _point(name: str, seconds: float) -> Point:
    number, unit = name.split()
    size = int(number)
    return Point(name, size**2 / 1000 if unit == "px" else size, seconds)


def _in_proportion(points: list[Point]) -> list[Point]:
    first, last = points[0], points[-1]
    return [first, Point("", last.x, first.y * last.x / first.x)]
