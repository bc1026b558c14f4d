"""Plots as SVG text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

MARGIN = 16
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


def points_plot(
    points: Sequence[Point], x_title: str, y_title: str, guide: Sequence[Point] = ()
) -> str:
    """Points joined in their order, and a dashed line through those of `guide`."""
    shown = [*points, *guide]
    across = Scale(min(p.x for p in shown), max(p.x for p in shown), FRAME, SIDE - MARGIN)
    up = Scale(min(p.y for p in shown), max(p.y for p in shown), SIDE - FRAME, MARGIN)
    parts = [ticks_of(across, MARGIN, SIDE - FRAME)]
    for value in up.ticks:
        parts.append(line(FRAME, up(value), SIDE - MARGIN, up(value), RULE))
        parts.append(text(FRAME - 6, up(value) + 4, f"{value:.3g}", "end"))
    parts.append(_path([(across(p.x), up(p.y)) for p in guide], INK, 'stroke-dasharray="4 4"'))
    places = [(across(point.x), up(point.y)) for point in points]
    parts.append(_path(places, ACCENT))
    for point, (x, y) in zip(points, places, strict=True):
        parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{ACCENT}"/>')
        parts.append(text(x + 6, y - 6, point.label, "start"))
    parts.append(text((FRAME + SIDE) / 2, SIDE - 10, x_title, "middle"))
    parts.append(text(FRAME, 11, y_title, "start"))
    return document(SIDE + 60, SIDE, parts)


def _path(places: Sequence[tuple[float, float]], colour: str, style: str = "") -> str:
    joined = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    return f'<polyline points="{joined}" fill="none" stroke="{colour}" stroke-width="1.5" {style}/>'


class Scale:
    """Maps values to pixels."""

    def __init__(self, low: float, high: float, start: float, stop: float) -> None:
        spread = (high - low) or abs(high) or 1.0
        self._low, self._spread = low - 0.05 * spread, 1.1 * spread
        self._start, self._stop = start, stop
        self.ticks = [self._low + self._spread * i / TICKS for i in range(TICKS + 1)]

    def __call__(self, value: float) -> float:
        """Where `value` lies, in pixels."""
        share = (value - self._low) / self._spread
        return self._start + share * (self._stop - self._start)


def ticks_of(scale: Scale, top: float, bottom: float) -> str:
    """Upright lines at the ticks of `scale`, with their values below."""
    parts: list[str] = []
    for value in scale.ticks:
        parts.append(line(scale(value), top, scale(value), bottom, RULE))
        parts.append(text(scale(value), bottom + 13, f"{value:.3g}", "middle"))
    return "".join(parts)


def line(x1: float, y1: float, x2: float, y2: float, colour: str) -> str:
    """A straight line."""
    return (
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}" '
        'stroke-width="1.5"/>'
    )


def text(x: float, y: float, words: str, anchor: str) -> str:
    """Small text; `anchor` is start, middle or end."""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="11" fill="{INK}">'
        f"{escape(words)}</text>"
    )


def document(width: float, height: float, parts: Sequence[str]) -> str:
    """All parts as one picture."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" font-family="sans-serif">{"".join(parts)}</svg>'
    )
