"""An edit on one page: pictures, figures, and the course of the losses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from torch import Tensor

from ..base.images import Pixels, to_pixels
from .drawing import (
    FAINT_INK,
    INK,
    PAPER_WHITE,
    RULE,
    draw_line,
    fit_into,
    height_of,
    wrap,
    write_lines,
)
from .sheets import mask_picture

WIDTH = 1240
MARGIN = 40
GAP = 20
CELL = (WIDTH - 2 * MARGIN - 3 * GAP) // 4
TITLE, LETTERS = 24, 15  # height of the letters
VALUES = 150  # width of the values in the table
PLOT = (560, 315)  # width and height


@dataclass(frozen=True, eq=False)
class PagePictures:
    """What a page shows, `[3, H, W]` in [0, 1] each.

    Attributes:
        photo: before.
        edited: after.
        mask: what may have changed, `[1, H, W]`, or None.
        loss_plot: or None.
    """

    photo: Tensor
    edited: Tensor
    mask: Tensor | None = None
    loss_plot: Tensor | None = None


def report_page(title: str, pictures: PagePictures, figures: Mapping[str, str]) -> Pixels:
    """Draws the page, `[H, 1240, 3]`.

    Args:
        title: what was asked for.
        pictures: of the edit.
        figures: names and values, ready to read.
    """
    lines = wrap(title, WIDTH - 2 * MARGIN, TITLE) if title.split() else ["(no text)"]
    top = MARGIN + height_of(lines, TITLE) + 16
    below = top + 34 + CELL + 34
    table = _table(figures)
    low = max(len(table), PLOT[1] if pictures.loss_plot is not None else 0)
    page = np.full((below + low + MARGIN, WIDTH, 3), PAPER_WHITE, np.uint8)
    write_lines(page, lines, (MARGIN, MARGIN), INK, TITLE)
    _draw_row(page, pictures, top)
    page[below : below + len(table), MARGIN : MARGIN + table.shape[1]] = table
    if pictures.loss_plot is not None:
        left = WIDTH - MARGIN - PLOT[0]
        fit_into(page, to_pixels(pictures.loss_plot), (left, below), PLOT)
    return page


def difference_picture(photo: Tensor, edited: Tensor) -> Pixels:
    """How much each pixel changed, from white (not at all) to black (most), `[H, W, 3]`."""
    change = (edited - photo).abs().amax(0, keepdim=True)
    share = change / change.max().clamp(min=1.0 / 255.0)
    return to_pixels((1.0 - share).expand(3, -1, -1))


def _draw_row(page: Pixels, pictures: PagePictures, top: int) -> None:
    shown = {"input": to_pixels(pictures.photo)}
    if pictures.mask is not None:
        shown["what may change"] = mask_picture(pictures.photo, pictures.mask)
    shown["result"] = to_pixels(pictures.edited)
    shown["difference"] = difference_picture(pictures.photo, pictures.edited)
    draw_line(page, [(MARGIN, top), (WIDTH - MARGIN, top)], RULE)
    for column, (name, picture) in enumerate(shown.items()):
        left = MARGIN + column * (CELL + GAP)
        write_lines(page, [name], (left, top + 10), FAINT_INK, LETTERS)
        fit_into(page, picture, (left, top + 34), (CELL, CELL))


def _table(figures: Mapping[str, str]) -> Pixels:
    width = WIDTH - 3 * MARGIN - PLOT[0]
    parts = [np.empty((0, width, 3), np.uint8)]
    for name, value in figures.items():
        columns = wrap(name, width - VALUES - GAP, LETTERS), wrap(value, VALUES, LETTERS)
        height = max(height_of(lines, LETTERS) for lines in columns) + 9
        part = np.full((height, width, 3), PAPER_WHITE, np.uint8)
        for lines, left, colour in zip(columns, (0, width - VALUES), (FAINT_INK, INK), strict=True):
            write_lines(part, lines, (left, 4), colour, LETTERS)
        draw_line(part, [(0, height - 1), (width, height - 1)], RULE)
        parts.append(part)
    return np.concatenate(parts)
