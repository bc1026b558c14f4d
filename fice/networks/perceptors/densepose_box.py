"""Body charts of a person who fills only a part of the image."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor

import torch
import torch.nn.functional as F
from torch import Tensor

from ...base.errors import ImageError
from ...base.images import resize
from ...base.shapes import check_image, check_mask
from ...base.types import BodyChart, Perceptor
from .densepose import DensePose
from .roi_align import Box

CERTAIN_LOGIT = 10.0  # a probability of 1 for all that matters, and finite
SELECTED = 0.5  # from this value on a pixel of a mask counts


@dataclass(frozen=True)
class BoxedDensePose:
    """Perceptor of `BodyChart`: what `network` sees inside `box`, background outside.

    Attributes:
        network: what looks into the box: a `DensePose`, which takes its features from there, or
            any other chart network, which is shown the enlarged cut-out.
        box: x0, y0, x1, y1 of the person in pixels of the image.
    """

    network: Perceptor[BodyChart]
    box: Box

    def __call__(self, image: Tensor) -> BodyChart:
        """The chart of the whole image at half its resolution, `[B, *, ceil(H/2), ceil(W/2)]`.

        Args:
            image: `[B, 3, H, W]` in [0, 1].

        Raises:
            ShapeError: if `image` is not `[B, 3, H, W]`.
            ImageError: if the box is empty or leaves the image.
        """
        height, width = check_image(image).shape[-2:]
        check_box(self.box, height, width)
        if isinstance(self.network, DensePose):
            return paste_chart(self.network.chart(image, self.box), self.box, (height, width))
        x0, y0, x1, y1 = pixels = _whole_pixels(self.box)
        shown = _enlarged(image[..., y0:y1, x0:x1], (height, width))
        return paste_chart(self.network(shown), pixels, (height, width))


def boxes_around(mask: Tensor) -> tuple[Box, ...]:
    """The smallest box around what each mask of `[B, 1, H, W]` selects, in its pixels.

    Raises:
        ImageError: if a mask selects nothing.
        ShapeError: if `mask` is not `[B, 1, H, W]`.
    """
    return tuple(_box_of(one) for one in check_mask(mask)[:, 0] >= SELECTED)


def scale_box(box: Box, size: tuple[int, int], to: tuple[int, int]) -> Box:
    """`box` of an image of `size` (height, width) in one that was resized `to` another."""
    y, x = to[0] / size[0], to[1] / size[1]
    # Rounding must not push a box at the border over it.
    return (
        box[0] * x,
        box[1] * y,
        min(box[2] * x, float(to[1])),
        min(box[3] * y, float(to[0])),
    )


def _box_of(selected: Tensor) -> Box:
    rows, columns = (torch.nonzero(selected.any(dim)).flatten() for dim in (1, 0))
    if not len(rows):
        raise ImageError(
            "The mask of the person selects nothing: paint the whole person, head and hands too."
        )
    x0, y0, x1, y1 = (int(i) for i in (columns[0], rows[0], columns[-1] + 1, rows[-1] + 1))
    return (float(x0), float(y0), float(x1), float(y1))


def _whole_pixels(box: Box) -> tuple[int, int, int, int]:
    return floor(box[0]), floor(box[1]), ceil(box[2]), ceil(box[3])


def _enlarged(part: Tensor, size: tuple[int, int]) -> Tensor:
    """`part` in its own proportions, as large as fits into `size` (height, width)."""
    scale = min(size[0] / part.shape[-2], size[1] / part.shape[-1])
    height, width = (max(1, round(side * scale)) for side in part.shape[-2:])
    return resize(part, (height, width))


def check_box(box: Box, height: int, width: int) -> None:
    """Refuses a box that is empty or leaves an image of `height` by `width` pixels.

    Raises:
        ImageError: with the box and the size.
    """
    x0, y0, x1, y1 = box
    if not (0 <= x0 < x1 <= width and 0 <= y0 < y1 <= height):
        raise ImageError(
            f"The person box {list(box)} (x0, y0, x1, y1) does not lie in the image, which is "
            f"{width} wide and {height} high."
        )


def paste_chart(chart: BodyChart, box: Box, size: tuple[int, int]) -> BodyChart:
    """`chart` of a box as the chart of an image of `size` (height, width), at half of it.

    Pixels outside the box are background, and their u and v are 0.
    """
    half = (-(-size[0] // 2), -(-size[1] // 2))
    grid = _grid_in_box(box, size, half).to(chart.fine_segm)
    inside = (grid.abs() <= 1).all(-1)

    def pasted(maps: Tensor, outside: Tensor) -> Tensor:
        batch = grid.expand(len(maps), -1, -1, -1)
        sampled = F.grid_sample(maps, batch, padding_mode="border", align_corners=False)
        return torch.where(inside, sampled, outside.to(maps)[:, None, None])

    def background(maps: Tensor) -> Tensor:
        logits = torch.full((maps.shape[1],), -CERTAIN_LOGIT)
        logits[0] = CERTAIN_LOGIT
        return logits

    return BodyChart(
        coarse_segm=pasted(chart.coarse_segm, background(chart.coarse_segm)),
        fine_segm=pasted(chart.fine_segm, background(chart.fine_segm)),
        u=None if chart.u is None else pasted(chart.u, torch.zeros(chart.u.shape[1])),
        v=None if chart.v is None else pasted(chart.v, torch.zeros(chart.v.shape[1])),
    )


def _grid_in_box(box: Box, size: tuple[int, int], cells: tuple[int, int]) -> Tensor:
    """Centres of `cells` over the image, `[1, h, w, 2]`, where the box spans [-1, 1]."""
    x0, y0, x1, y1 = box
    y = (torch.arange(cells[0]) + 0.5) * (size[0] / cells[0])
    x = (torch.arange(cells[1]) + 0.5) * (size[1] / cells[1])
    columns = 2 * (x - x0) / (x1 - x0) - 1
    rows = 2 * (y - y0) / (y1 - y0) - 1
    return torch.stack(torch.meshgrid(columns, rows, indexing="xy"), dim=-1)[None]
