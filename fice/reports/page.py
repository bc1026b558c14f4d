"""An edit on one page: pictures, figures, and the course of the losses."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np
from torch import Tensor

from ..base.images import Pixels, to_pixels
from .sheets import FAINT_INK, INK, PAPER_WHITE, RULE, fit_into, mask_picture, write_text

WIDTH = 1240
MARGIN = 40
GAP = 20
CELL = (WIDTH - 2 * MARGIN - 3 * GAP) // 4
LINE = 30  # pixels from one row of the table to the next
CHARACTERS = 76  # of the title in a line
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
    lines = textwrap.wrap(title, CHARACTERS)[:3] or ["(no text)"]
    top = MARGIN + 34 * len(lines) + 16
    table = top + 34 + CELL + 34
    low = max(LINE * len(figures), PLOT[1] if pictures.loss_plot is not None else 0)
    page = np.full((table + low + MARGIN, WIDTH, 3), PAPER_WHITE, np.uint8)
    for index, line in enumerate(lines):
        write_text(page, line, (MARGIN, MARGIN + 24 + 34 * index), INK, 0.8)
    _draw_row(page, pictures, top)
    _draw_table(page, figures, table)
    if pictures.loss_plot is not None:
        left = WIDTH - MARGIN - PLOT[0]
        fit_into(page, to_pixels(pictures.loss_plot), (left, table), PLOT)
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
    cv2.line(page, (MARGIN, top), (WIDTH - MARGIN, top), RULE, 1)
    for column, (name, picture) in enumerate(shown.items()):
        left = MARGIN + column * (CELL + GAP)
        write_text(page, name, (left, top + 24), FAINT_INK, 0.5)
        fit_into(page, picture, (left, top + 34), (CELL, CELL))


def _draw_table(page: Pixels, figures: Mapping[str, str], top: int) -> None:
    right = WIDTH - 2 * MARGIN - PLOT[0]
    for row, (name, value) in enumerate(figures.items()):
        base = top + LINE * row + 20
        write_text(page, name, (MARGIN, base), FAINT_INK, 0.5)
        write_text(page, value, (right - 130, base), INK, 0.5)
        cv2.line(page, (MARGIN, base + 9), (right, base + 9), RULE, 1)
