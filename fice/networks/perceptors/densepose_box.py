"""Body charts of a person who fills only a part of the image."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import ceil, floor

import torch
from torch import Tensor

from ...base.errors import ImageError
from ...base.images import resize
from ...base.sampling import bilinear_matrix, sampled, split_places
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
    x0, y0, x1, y1 = box

    def pasted(maps: Tensor, *, outside: tuple[float, float]) -> Tensor:
        # Logits of a lower precision are weighted in full precision.
        maps = maps.to(torch.promote_types(maps.dtype, torch.float32))
        like = maps.dtype, maps.device
        rows, in_rows = _sampling((y0, y1), size[0], maps.shape[2], *like)
        columns, in_columns = _sampling((x0, x1), size[1], maps.shape[3], *like)
        filled = torch.full_like(maps[:1, :, :1, :1], outside[1])
        filled[:, :1] = outside[0]
        inside = sampled(maps, rows, columns)
        return torch.where(in_rows[:, None] & in_columns, inside, filled)

    background = (CERTAIN_LOGIT, -CERTAIN_LOGIT)
    return BodyChart(
        coarse_segm=pasted(chart.coarse_segm, outside=background),
        fine_segm=pasted(chart.fine_segm, outside=background),
        u=None if chart.u is None else pasted(chart.u, outside=(0.0, 0.0)),
        v=None if chart.v is None else pasted(chart.v, outside=(0.0, 0.0)),
    )


@lru_cache(maxsize=64)  # the box is the same in all steps of an edit
@torch.inference_mode(False)
def _sampling(
    side: tuple[float, float],
    pixels: int,
    cells: int,
    dtype: torch.dtype,
    device: torch.device,
) -> tuple[Tensor, Tensor]:
    """What takes an axis of a box's chart to that of the image's chart, at half of its pixels.

    Args:
        side: where the box begins and ends, in pixels of the image.
        pixels: of the image.
        cells: of the box's chart.
        dtype: of the weights.
        device: where they are needed.

    Returns:
        Weights `[ceil(pixels / 2), cells]`, and which of the rows lie in the box.
    """
    half = -(-pixels // 2)
    centres = (torch.arange(half, dtype=torch.float64) + 0.5) * (pixels / half)
    share = (centres - side[0]) / (side[1] - side[0])
    inside = (share >= 0) & (share <= 1)
    weights = bilinear_matrix(*split_places(share * cells - 0.5, cells), cells)
    return weights.to(dtype).to(device), inside.to(device)
