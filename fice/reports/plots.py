"""Plots: points of a sweep, estimates with intervals, the course of losses."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from ..base.images import Pixels
from .drawing import (
    FAINT_INK,
    INK,
    RULE,
    Colour,
    draw_dot,
    draw_line,
    height_of,
    text_width,
    wrap,
    write_lines,
    write_text,
)

# Okabe and Ito's colours, which the colour-blind can tell apart; the yellow is too pale for a line.
COLOURS: tuple[Colour, ...] = (
    *((0, 114, 178), (213, 94, 0), (0, 158, 115), (204, 121, 167)),
    *((230, 159, 0), (86, 180, 233), (0, 0, 0)),
)
ACCENT = COLOURS[0]
PAPER = 255
LETTERS = 22  # pixels; pages show points and intervals at half size
SIDE, ROW, SPAN = 720, 44, 800  # of the points, of an interval, and how wide those are
DECADES = 4  # of losses at most
DASH, TICK = 12, 70  # pixels; ticks lie at least so far apart


@dataclass(frozen=True)
class Point:
    """A point of a sweep.

    Attributes:
        label: beside it.
        x: to the right.
        y: upwards.
    """

    label: str
    x: float
    y: float


@dataclass(frozen=True)
class Estimate:
    """A value between its limits; `accented` ones stand out."""

    label: str
    low: float
    value: float
    high: float
    accented: bool = False


@dataclass(frozen=True)
class Axis:
    """Maps values from `low` to `high` to pixels from `start` to `stop`.

    A logarithmic one begins above 0 and has at least a decade.
    """

    low: float
    high: float
    start: float
    stop: float
    logarithmic: bool = False

    @classmethod
    def around(cls, values: Sequence[float], start: float, stop: float) -> Axis:
        """With some room on both sides of all `values`."""
        low, high = min(values), max(values)
        room = 0.05 * ((high - low) or abs(high) or 1.0)
        return cls(low - room, high + room, start, stop)

    def __call__(self, value: float) -> float:
        """Where `value` lies; what is too small for a logarithm lies at the start."""
        low, high = self.low, self.high
        if self.logarithmic:
            low, value, high = (math.log(max(one, self.low)) for one in (low, value, high))
        return self.start + (value - low) / (high - low) * (self.stop - self.start)

    @property
    def ticks(self) -> list[float]:
        """A few round numbers along the axis, at most nine."""
        if self.logarithmic:
            lowest, highest = math.floor(math.log10(self.low)), math.ceil(math.log10(self.high))
            factors = (1,) if self.high / self.low > 100 else (1, 2, 5)
            found = [k * 10.0**n for n in range(lowest, highest + 1) for k in factors]
        else:
            least = (self.high - self.low) / min(max(abs(self.stop - self.start) / TICK, 3), 8)
            unit = 10.0 ** math.floor(math.log10(least))
            step = min(k * unit for k in (1, 2, 5, 10) if k * unit >= least)
            first, last = math.ceil(self.low / step), math.floor(self.high / step)
            found = [round(n * step, 12) for n in range(first, last + 1)]
        return [tick for tick in found if self.low <= tick <= self.high]


def points_plot(
    points: Sequence[Point], x_title: str, y_title: str, guide: Sequence[Point] = ()
) -> Pixels:
    """Points joined in their order, and a dashed line through those of `guide`."""
    shown = [*points, *guide]
    labels = math.ceil(max(text_width(point.label, LETTERS) for point in shown))
    across = Axis.around([point.x for point in shown], 4 * LETTERS, SIDE)
    up = Axis.around([point.y for point in shown], SIDE - 3 * LETTERS, 2 * LETTERS)
    picture = _paper(SIDE + labels + LETTERS, SIDE)
    _draw_axes(picture, across, up, LETTERS, x_title, y_title)
    for start, stop in pairwise(guide):
        _draw_dashes(picture, (across(start.x), up(start.y)), (across(stop.x), up(stop.y)))
    places = [(across(point.x), up(point.y)) for point in points]
    draw_line(picture, places, ACCENT, 3)
    for x, y in places:
        draw_dot(picture, (x, y), 8, ACCENT)
    rising = (places[-1][0] - places[0][0]) * (places[0][1] - places[-1][1]) > 0
    steps = (28, -12, 56, -40) if rising else (-12, 28, -40, 56)
    taken: list[tuple[float, float, float]] = []
    for point, (x, y) in zip(points, places, strict=True):
        left, right = x + 12, x + 12 + text_width(point.label, LETTERS)
        # Off the line, where no other label stands yet.
        beside = (y + step for step in steps if _is_free(left, right, y + step, taken))
        base = next(beside, y + steps[0])
        taken.append((left, right, base))
        write_text(picture, point.label, (left, base), INK, LETTERS)
    return picture


def _is_free(
    left: float, right: float, base: float, taken: Sequence[tuple[float, float, float]]
) -> bool:
    apart = (right < start or left > stop or abs(base - at) > LETTERS for start, stop, at in taken)
    return all(apart)


def intervals_plot(rows: Sequence[Estimate]) -> Pixels:
    """Each estimate as a dot with its interval as a line, one row per label."""
    left = max(text_width(row.label, LETTERS) for row in rows) + LETTERS
    values = [value for row in rows for value in (row.low, row.high)]
    across = Axis.around(values, left, left + SPAN)
    bottom = LETTERS + ROW * len(rows)
    picture = _paper(math.ceil(left + SPAN + 2 * LETTERS), bottom + 2 * LETTERS)
    _draw_ticks(picture, across, LETTERS, bottom, LETTERS)
    for index, row in enumerate(rows):
        y = LETTERS + ROW * (index + 0.5)
        colour = ACCENT if row.accented else INK
        write_text(picture, row.label, (left - LETTERS // 2, y + 8), colour, LETTERS, "right")
        draw_line(picture, [(across(row.low), y), (across(row.high), y)], colour, 3)
        draw_dot(picture, (across(row.value), y), 8, colour)
    return picture


def loss_plot(
    losses: Mapping[str, Sequence[float]], size: tuple[int, int] = (640, 360), letters: int = 14
) -> Pixels:
    """The course of each loss on a logarithmic scale, with its last value on top.

    Args:
        losses: weighted loss per step, by name of the term.
        size: width and height of the picture.
        letters: height of the letters.
    """
    picture = _paper(*size)
    top = _draw_legend(picture, losses, letters) + 2 * letters
    largest = max((value for loss in losses.values() for value in loss), default=1.0)
    largest = largest if largest > 0 else 1.0
    positive = [value for loss in losses.values() for value in loss if value > 0]
    low = min(max(min(positive, default=0.0), largest / 10**DECADES), largest / 10)
    steps = max((len(loss) for loss in losses.values()), default=1)
    across = Axis(0, max(steps - 1, 1), 4 * letters, size[0] - 2 * letters)
    up = Axis(low, largest, size[1] - 3 * letters, top, logarithmic=True)
    _draw_axes(picture, across, up, letters, "step", "weighted loss")
    for colour, loss in zip(_cycle(len(losses)), losses.values(), strict=True):
        if loss:
            places = [(across(step), up(value)) for step, value in enumerate(loss)]
            draw_line(picture, places, colour, 2)
    return picture


def _paper(width: int, height: int) -> Pixels:
    return np.full((height, width, 3), PAPER, np.uint8)


def _cycle(count: int) -> list[Colour]:
    return [COLOURS[index % len(COLOURS)] for index in range(count)]


def _draw_legend(picture: Pixels, losses: Mapping[str, Sequence[float]], letters: int) -> int:
    """The names beside their colours, as many in a line as fit; returns where they end."""
    left, right = 2 * letters, picture.shape[1] - letters
    x, y = left, letters // 2
    for colour, (name, loss) in zip(_cycle(len(losses)), losses.items(), strict=True):
        label = f"{name} {loss[-1]:.2g}" if loss else name
        lines = wrap(label, right - left, letters)
        wide = round(max(text_width(line, letters) for line in lines))
        if x > left and x + wide > right:
            x, y = left, y + height_of([label], letters)
        draw_dot(picture, (x - 0.7 * letters, y + 0.65 * letters), letters / 3, colour)
        write_lines(picture, lines, (x, y), INK, letters)
        y += height_of(lines[1:], letters)
        x += wide + 2 * letters
    return y + height_of([""] if losses else [], letters)


def _draw_axes(
    picture: Pixels, across: Axis, up: Axis, letters: int, x_title: str, y_title: str
) -> None:
    _draw_ticks(picture, across, up.stop, up.start, letters)
    for value in up.ticks:
        y = up(value)
        draw_line(picture, [(across.start, y), (across.stop, y)], RULE)
        beside = (across.start - letters / 2, y + letters / 3)
        write_text(picture, f"{value:g}", beside, INK, letters, "right")
    middle = ((across.start + across.stop) / 2, up.start + 2.5 * letters)
    write_text(picture, x_title, middle, FAINT_INK, letters, "middle")
    write_text(picture, y_title, (letters / 2, up.stop - 0.7 * letters), FAINT_INK, letters)


def _draw_ticks(picture: Pixels, across: Axis, top: float, bottom: float, letters: int) -> None:
    for value in across.ticks:
        x = across(value)
        draw_line(picture, [(x, top), (x, bottom)], RULE)
        write_text(picture, f"{value:g}", (x, bottom + 1.2 * letters), INK, letters, "middle")


def _draw_dashes(picture: Pixels, start: tuple[float, float], stop: tuple[float, float]) -> None:
    count = max(1, round(math.dist(start, stop) / DASH / 2))
    for at in np.linspace(start, stop, 2 * count).reshape(count, 2, 2):
        draw_line(picture, [(float(x), float(y)) for x, y in at], INK, 2)
