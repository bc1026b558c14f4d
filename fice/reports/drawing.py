"""Words, lines and pictures on a picture."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

import cv2
import numpy as np
from PIL import Image, ImageDraw

from ..base.images import Pixels
from .fonts import runs

Colour = tuple[int, int, int]
Anchor = Literal["left", "middle", "right"]

PAPER_WHITE: Colour = (250, 250, 248)
INK: Colour = (38, 40, 46)
FAINT_INK: Colour = (112, 116, 124)
RULE: Colour = (222, 223, 220)

LINE_HEIGHT = 1.4  # of the size of the letters
_SHARE = {"left": 0.0, "middle": 0.5, "right": 1.0}
_FINE = 4  # letters are drawn so much larger, since Pillow rounds their places to whole pixels
_SUBPIXEL = 4  # bits
# Chinese and Japanese break between any two characters, but no line begins with a full stop.
_WIDE = "\u2e80-\u2fff\u3040-\u9fff\uf900-\ufaff"
_CLOSING = "\u3001-\u3003\u3009\u300b\u300d\u300f\u3011\uff01\uff09\uff0c\uff0e\uff1a\uff1b\uff1f"
_WORD = re.compile(rf"\s*(?:[{_WIDE}][{_CLOSING}]*|[^\s{_WIDE}]+)")


def text_width(text: str, size: int) -> float:
    """How many pixels `text` takes in letters of `size` pixels."""
    return sum(font.getlength(piece) for font, piece in runs(text, size * _FINE)) / _FINE


def wrap(text: str, width: float, size: int) -> list[str]:
    """`text` in lines no wider than `width` pixels; only too long a word is broken inside."""
    lines, line = [], ""
    for word in _WORD.findall(text):
        if line and text_width(line + word, size) > width:
            lines.append(line)
            line = ""
        rest = line + word if line else word.lstrip()
        while len(rest) > 1 and text_width(rest, size) > width:
            cut = next((n for n in range(len(rest) - 1, 1, -1) if _fits(rest[:n], width, size)), 1)
            lines.append(rest[:cut])
            rest = rest[cut:]
        line = rest
    return [*lines, line]


def _fits(text: str, width: float, size: int) -> bool:
    return text_width(text, size) <= width


def height_of(lines: Sequence[str], size: int) -> int:
    """How many pixels `lines` take one below the other."""
    return round(len(lines) * size * LINE_HEIGHT)


def write_text(
    picture: Pixels,
    text: str,
    origin: tuple[float, float],
    colour: Colour = INK,
    size: int = 14,
    anchor: Anchor = "left",
) -> None:
    """Writes `text` into `picture`; `origin` (x, y) is the `anchor` of its base line."""
    left = origin[0] - _SHARE[anchor] * text_width(text, size)
    top, height = round(origin[1]) - 2 * size, 3 * size
    fine = Image.new("L", (picture.shape[1] * _FINE, height * _FINE))
    draw, x = ImageDraw.Draw(fine), left * _FINE
    for font, piece in runs(text, size * _FINE):
        draw.text((x, 2 * size * _FINE), piece, 255, font, anchor="ls")
        x += font.getlength(piece)
    ink = np.asarray(fine.reduce(_FINE), np.float32)[..., None] / 255
    rows = slice(max(0, top), max(0, top + height))
    paper = picture[rows]
    ink = ink[rows.start - top :][: len(paper)]
    paper[:] = np.round(paper + ink * (np.asarray(colour, np.float32) - paper)).astype(np.uint8)


def write_lines(
    picture: Pixels, lines: Sequence[str], corner: tuple[float, float], colour: Colour, size: int
) -> None:
    """Writes `lines` one below the other; `corner` is the upper left one."""
    for index, line in enumerate(lines):
        base = corner[1] + size * (LINE_HEIGHT * index + 1)
        write_text(picture, line, (corner[0], base), colour, size)


def draw_line(
    picture: Pixels, points: Sequence[tuple[float, float]], colour: Colour, thickness: int = 1
) -> None:
    """Joins `points` (x, y)."""
    path = np.round(np.asarray(points) * 2**_SUBPIXEL).astype(np.int32).reshape(-1, 1, 2)
    cv2.polylines(picture, [path], False, colour, thickness, cv2.LINE_AA, _SUBPIXEL)


def draw_dot(picture: Pixels, centre: tuple[float, float], radius: float, colour: Colour) -> None:
    """A filled disc."""
    x, y, r = (round(value * 2**_SUBPIXEL) for value in (*centre, radius))
    cv2.circle(picture, (x, y), r, colour, cv2.FILLED, cv2.LINE_AA, _SUBPIXEL)


def fit_into(
    sheet: Pixels, picture: Pixels, origin: tuple[int, int], cell: tuple[int, int]
) -> None:
    """Draws `picture` as large as the cell allows, in its middle.

    Args:
        sheet: is drawn on.
        picture: `[H, W, 3]`.
        origin: x and y of the upper left corner of the cell.
        cell: its width and height.
    """
    scale = min(cell[0] / picture.shape[1], cell[1] / picture.shape[0])
    height, width = (max(1, round(side * scale)) for side in picture.shape[:2])
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    fitted = np.asarray(cv2.resize(picture, (width, height), interpolation=method), np.uint8)
    x, y = origin[0] + (cell[0] - width) // 2, origin[1] + (cell[1] - height) // 2
    sheet[y : y + height, x : x + width] = fitted
