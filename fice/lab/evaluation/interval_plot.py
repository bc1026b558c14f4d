"""A plot of estimates and their intervals, as SVG text."""

from __future__ import annotations

from collections.abc import Sequence

from ...reports.svg import ACCENT, INK, MARGIN, Scale, document, line, text, ticks_of
from .bootstrap import Interval

WIDTH, ROW, LEFT = 640, 22, 250


def interval_plot(rows: Sequence[tuple[str, Interval]], highlighted: str = "") -> str:
    """Each estimate as a dot with its interval as a line, one row per label."""
    lows = [one.value if one.low is None else one.low for _, one in rows]
    highs = [one.value if one.high is None else one.high for _, one in rows]
    scale = Scale(min(lows), max(highs), LEFT, WIDTH - MARGIN)
    height = ROW * len(rows) + 2 * MARGIN
    parts = [ticks_of(scale, MARGIN, height - MARGIN)]
    for index, ((label, one), low, high) in enumerate(zip(rows, lows, highs, strict=True)):
        y = MARGIN + ROW * (index + 0.5)
        colour = ACCENT if label == highlighted else INK
        parts.append(text(LEFT - 8, y + 4, label, "end"))
        parts.append(line(scale(low), y, scale(high), y, colour))
        parts.append(f'<circle cx="{scale(one.value):.1f}" cy="{y}" r="4" fill="{colour}"/>')
    return document(WIDTH, height, parts)
