"""Contact sheets: pictures in rows with words, and maps in colours."""

from __future__ import annotations

import colorsys
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from ..base.images import Pixels, to_pixels
from ..base.types import BodyChart, Regions
from .drawing import (
    FAINT_INK,
    INK,
    PAPER_WHITE,
    RULE,
    Colour,
    draw_line,
    fit_into,
    height_of,
    wrap,
    write_lines,
)

REGION_COLOURS: dict[str, Colour] = {
    "background": (236, 236, 232),
    "body": (232, 186, 150),
    "garment": (52, 120, 186),
    "head": (134, 92, 160),
}
PART_COUNT = 25

_GAP = 10
_HEADER, _CAPTION = 13, 15  # height of the letters


@dataclass(frozen=True)
class Row:
    """Pictures side by side under a caption.

    Attributes:
        caption: a line of text above the pictures.
        pictures: `[H, W, 3]` each, of any size.
    """

    caption: str
    pictures: Sequence[Pixels]


def contact_sheet(columns: Sequence[str], rows: Sequence[Row], cell: int = 192) -> Pixels:
    """All `rows` below the names of their `columns`; each picture is fitted into a square cell.

    Names and captions go on in further lines where they are too wide.
    """
    width = _GAP + len(columns) * (cell + _GAP)
    names = [wrap(name, cell, _HEADER) for name in columns]
    top = 2 * _GAP + max(height_of(lines, _HEADER) for lines in names)
    head = _blank(top, width)
    for index, lines in enumerate(names):
        write_lines(head, lines, (_GAP + index * (cell + _GAP), _GAP), FAINT_INK, _HEADER)
    return np.concatenate([head, *(_drawn(row, width, cell) for row in rows)])


def _drawn(row: Row, width: int, cell: int) -> Pixels:
    """The part of the sheet that `row` takes, from the rule above its caption."""
    caption = wrap(row.caption, width - 2 * _GAP, _CAPTION)
    top = _GAP + height_of(caption, _CAPTION)
    part = _blank(top + cell + _GAP, width)
    draw_line(part, [(_GAP, 0), (width - _GAP, 0)], RULE)
    write_lines(part, caption, (_GAP, _GAP // 2), INK, _CAPTION)
    for column, picture in enumerate(row.pictures):
        fit_into(part, picture, (_GAP + column * (cell + _GAP), top), (cell, cell))
    return part


def _blank(height: int, width: int) -> Pixels:
    return np.full((height, width, 3), PAPER_WHITE, np.uint8)


def regions_picture(regions: Regions, index: int = 0) -> Pixels:
    """The regions of one image in colours, `[H, W, 3]`; skin is what of the body is no garment."""
    shares = {
        "background": regions.background,
        "body": regions.body - regions.garment,
        "garment": regions.garment,
        "head": regions.head,
    }
    mixed = sum(
        _map(share[index, 0])[..., None] * np.asarray(REGION_COLOURS[name], np.float32)
        for name, share in shares.items()
    )
    return np.clip(mixed, 0, 255).astype(np.uint8)


def chart_picture(chart: BodyChart, index: int = 0) -> Pixels:
    """The most likely body part of each pixel of one image in colours, `[h, w, 3]`."""
    return _part_palette()[chart.part_ids[index].cpu().numpy()]


def mask_picture(image: Tensor, mask: Tensor) -> Pixels:
    """`image` `[3, H, W]` faded outside `mask` `[1, H, W]`."""
    paper = 0.96
    faded = paper + 0.25 * (image - paper)
    return to_pixels(mask * image + (1 - mask) * faded)


def _map(tensor: Tensor) -> NDArray[np.float32]:
    return tensor.detach().float().cpu().numpy()


def _part_palette() -> Pixels:
    """A colour per body part, `[25, 3]`: neighbouring numbers lie far apart on the colour wheel."""
    colours = [REGION_COLOURS["background"]]
    for part in range(1, PART_COUNT):
        hue = (part * 0.381966) % 1.0
        red, green, blue = colorsys.hls_to_rgb(hue, 0.58, 0.55)
        colours.append((round(red * 255), round(green * 255), round(blue * 255)))
    return np.asarray(colours, np.uint8)
