"""Contact sheets: pictures in rows with words, maps in colours, and loss curves."""

from __future__ import annotations

import colorsys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from ..base.images import Pixels, to_pixels
from ..base.types import BodyChart, Regions

Colour = tuple[int, int, int]

PAPER_WHITE: Colour = (250, 250, 248)
INK: Colour = (38, 40, 46)
FAINT_INK: Colour = (128, 132, 140)
RULE: Colour = (222, 223, 220)
CURVE_COLOURS: tuple[Colour, ...] = (
    (31, 119, 180),
    (214, 96, 30),
    (44, 140, 74),
    (180, 40, 60),
    (128, 92, 180),
    (120, 88, 70),
    (200, 90, 160),
)
REGION_COLOURS: dict[str, Colour] = {
    "background": (236, 236, 232),
    "body": (232, 186, 150),
    "garment": (52, 120, 186),
    "head": (134, 92, 160),
}
PART_COUNT = 25
CURVE_DECADES = 4

_FONT = cv2.FONT_HERSHEY_DUPLEX
_GAP = 10
_HEADER = 26
_CAPTION = 30


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
    """All `rows` below the names of their `columns`; each picture is fitted into a square cell."""
    width = _GAP + len(columns) * (cell + _GAP)
    height = _GAP + _HEADER + len(rows) * (_CAPTION + cell + _GAP)
    sheet = np.full((height, width, 3), PAPER_WHITE, np.uint8)
    for index, name in enumerate(columns):
        write_text(sheet, name, (_GAP + index * (cell + _GAP), _GAP + 14), FAINT_INK, 0.42)
    for index, row in enumerate(rows):
        top = _GAP + _HEADER + index * (_CAPTION + cell + _GAP)
        cv2.line(sheet, (_GAP, top - 4), (width - _GAP, top - 4), RULE, 1)
        write_text(sheet, row.caption, (_GAP, top + 18), INK, 0.5)
        for column, picture in enumerate(row.pictures):
            origin = (_GAP + column * (cell + _GAP), top + _CAPTION)
            fit_into(sheet, picture, origin, (cell, cell))
    return sheet


def write_text(
    picture: Pixels, text: str, origin: tuple[int, int], colour: Colour, scale: float
) -> None:
    """Writes `text` into `picture`, its base line starting at `origin` (x, y)."""
    # The stroke font of cv2 knows ASCII only and draws question marks for the rest.
    plain = text.encode("ascii", "replace").decode()
    cv2.putText(picture, plain, origin, _FONT, scale, colour, 1, cv2.LINE_AA)


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


def loss_curves(losses: Mapping[str, Tensor], size: int = 384) -> Pixels:
    """The course of each loss `[steps]` on a logarithmic scale of four decades, with a legend."""
    picture = np.full((size, size, 3), 255, np.uint8)
    cv2.rectangle(picture, (0, 0), (size - 1, size - 1), RULE, 1)
    courses = {name: loss.detach().float().cpu().numpy() for name, loss in losses.items()}
    largest = max((float(course.max()) for course in courses.values()), default=0.0)
    line_height, margin = size // 18, size // 24
    top = margin + line_height * len(courses)
    for index, (name, course) in enumerate(courses.items()):
        colour = CURVE_COLOURS[index % len(CURVE_COLOURS)]
        label = f"{name}  {course[0]:.3g} > {course[-1]:.3g}"
        write_text(picture, label, (margin, margin + line_height * (index + 1) - 4), colour, 0.45)
        heights = _decades(course, largest)
        _draw_curve(picture, heights, colour, top + margin, size - margin)
    return picture


def _decades(course: NDArray[np.float32], largest: float) -> NDArray[np.float32]:
    """1 at the largest loss, 0 where a loss is `CURVE_DECADES` smaller or less."""
    smallest = np.finfo(np.float32).tiny
    ratio = np.maximum(course, smallest) / max(largest, float(smallest))
    return np.clip(1 + np.log10(ratio) / CURVE_DECADES, 0, 1).astype(np.float32)


def _draw_curve(
    picture: Pixels, heights: NDArray[np.float32], colour: Colour, top: int, bottom: int
) -> None:
    left = picture.shape[0] - bottom
    x = np.linspace(left, picture.shape[1] - left, len(heights))
    y = bottom - heights * (bottom - top)
    points = np.stack([x, y], 1).round().astype(np.int32)
    cv2.polylines(picture, [points.reshape(-1, 1, 2)], False, colour, 2, cv2.LINE_AA)


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
