"""Plots as SVG text: intervals in rows, and points of a sweep joined by a line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from .bootstrap import Interval

WIDTH, ROW, LEFT, MARGIN = 640, 22, 250, 16
SIDE, FRAME = 360, 52
INK, ACCENT, RULE = "#26282e", "#1f77b4", "#dedfdc"
TICKS = 4


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


def interval_plot(rows: Sequence[tuple[str, Interval]], highlighted: str = "") -> str:
    """Each estimate as a dot with its interval as a line, one row per label."""
    lows = [one.value if one.low is None else one.low for _, one in rows]
    highs = [one.value if one.high is None else one.high for _, one in rows]
    scale = _Scale(min(lows), max(highs), LEFT, WIDTH - MARGIN)
    height = ROW * len(rows) + 2 * MARGIN
    parts = [_ticks(scale, MARGIN, height - MARGIN)]
    for index, ((label, one), low, high) in enumerate(zip(rows, lows, highs, strict=True)):
        y = MARGIN + ROW * (index + 0.5)
        colour = ACCENT if label == highlighted else INK
        parts.append(_text(LEFT - 8, y + 4, label, "end"))
        parts.append(_line(scale(low), y, scale(high), y, colour))
        parts.append(f'<circle cx="{scale(one.value):.1f}" cy="{y}" r="4" fill="{colour}"/>')
    return _svg(WIDTH, height, parts)


def sweep_plot(points: Sequence[Point], x_title: str, y_title: str) -> str:
    """Points joined in their order."""
    across = _Scale(min(p.x for p in points), max(p.x for p in points), FRAME, SIDE - MARGIN)
    up = _Scale(min(p.y for p in points), max(p.y for p in points), SIDE - FRAME, MARGIN)
    places = [(across(point.x), up(point.y)) for point in points]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    parts = [_ticks(across, MARGIN, SIDE - FRAME)]
    for value in up.ticks:
        parts.append(_line(FRAME, up(value), SIDE - MARGIN, up(value), RULE))
        parts.append(_text(FRAME - 6, up(value) + 4, f"{value:.3g}", "end"))
    parts.append(f'<polyline points="{path}" fill="none" stroke="{ACCENT}" stroke-width="1.5"/>')
    for point, (x, y) in zip(points, places, strict=True):
        parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{ACCENT}"/>')
        parts.append(_text(x + 6, y - 6, point.label, "start"))
    parts.append(_text((FRAME + SIDE) / 2, SIDE - 10, x_title, "middle"))
    parts.append(_text(FRAME, 11, y_title, "start"))
    return _svg(SIDE + 60, SIDE, parts)


class _Scale:
    """Maps values to pixels."""

    def __init__(self, low: float, high: float, start: float, stop: float) -> None:
        spread = (high - low) or abs(high) or 1.0
        self._low, self._spread = low - 0.05 * spread, 1.1 * spread
        self._start, self._stop = start, stop
        self.ticks = [self._low + self._spread * i / TICKS for i in range(TICKS + 1)]

    def __call__(self, value: float) -> float:
        share = (value - self._low) / self._spread
        return self._start + share * (self._stop - self._start)


def _ticks(scale: _Scale, top: float, bottom: float) -> str:
    parts: list[str] = []
    for value in scale.ticks:
        parts.append(_line(scale(value), top, scale(value), bottom, RULE))
        parts.append(_text(scale(value), bottom + 13, f"{value:.3g}", "middle"))
    return "".join(parts)


def _line(x1: float, y1: float, x2: float, y2: float, colour: str) -> str:
    return (
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}" '
        'stroke-width="1.5"/>'
    )


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="11" fill="{INK}">'
        f"{escape(text)}</text>"
    )


def _svg(width: float, height: float, parts: Sequence[str]) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" font-family="sans-serif">{"".join(parts)}</svg>'
    )
