"""Lines as an SVG, with their names at their ends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape

# Okabe and Ito's colours, which the colour-blind can tell apart.
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#000000")
WIDTH, HEIGHT, LEFT, RIGHT, EDGE = 640, 400, 70, 90, 40
TICKS = 5
Line = Sequence[tuple[float, float]]


def line_plot(lines: Mapping[str, Line], x_title: str, y_title: str) -> str:
    """Lines from the origin, by name."""
    most_x = max(x for line in lines.values() for x, _ in line)
    most_y = max(y for line in lines.values() for _, y in line)

    def place(x: float, y: float) -> tuple[float, float]:
        across = LEFT + x / most_x * (WIDTH - LEFT - RIGHT)
        return round(across, 1), round(HEIGHT - EDGE - y / most_y * (HEIGHT - 2 * EDGE), 1)

    drawn = [_axes(most_x, most_y, place), _text(LEFT, 20, y_title, "start")]
    drawn.append(_text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 4, x_title, "middle"))
    ends: list[float] = []
    for colour, (name, line) in zip(COLOURS, lines.items(), strict=False):
        points = [place(*point) for point in line]
        path = " ".join(f"{x},{y}" for x, y in points)
        drawn.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        drawn += [f'<circle cx="{x}" cy="{y}" r="3" fill="{colour}"/>' for x, y in points]
        x, y = points[-1]
        while any(abs(y - other) < 13 for other in ends):  # names stay apart
            y += 1
        ends.append(y)
        drawn.append(_text(x + 7, y + 4, name, "start", colour))
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
    style = 'font-family="sans-serif" font-size="12">'
    paper = f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>'
    return "\n".join([head + style, paper, *drawn, "</svg>"]) + "\n"


def _axes(most_x: float, most_y: float, place: object) -> str:
    assert callable(place)
    drawn: list[str] = []
    for number in range(TICKS + 1):
        value_x, value_y = most_x * number / TICKS, most_y * number / TICKS
        (x, low), (right, y), (left, _) = place(value_x, 0), place(most_x, value_y), place(0, 0)
        drawn.append(f'<line x1="{left}" y1="{y}" x2="{right}" y2="{y}" stroke="#ddd"/>')
        drawn.append(_text(x, low + 16, f"{value_x:.0f}", "middle"))
        drawn.append(_text(left - 6, y + 4, f"{value_y:.0f}", "end"))
    return "\n".join(drawn)


def _text(x: float, y: float, text: str, anchor: str, colour: str = "#333") -> str:
    said = escape(text)
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}" fill="{colour}">{said}</text>'
