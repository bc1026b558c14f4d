"""The losses of a run as a picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from PIL import Image, ImageDraw
from torch import Tensor

SIZE = (640, 360)  # width and height, in pixels
MARGIN = 40
# Okabe and Ito's colours, which the colour-blind can tell apart.
COLOURS = (
    *((0, 114, 178), (213, 94, 0), (0, 158, 115), (204, 121, 167)),
    *((230, 159, 0), (86, 180, 233), (120, 120, 120)),
)
INK, FAINT, PAPER = (30, 30, 30), (222, 222, 222), (255, 255, 255)


def plot_losses(curves: Mapping[str, Sequence[float]]) -> Tensor:
    """Draws one line per term over the steps, with its last value in the legend.

    Args:
        curves: weighted loss per step, by name of the term.

    Returns:
        `[1, 3, H, W]` in [0, 1].
    """
    canvas = Image.new("RGB", SIZE, PAPER)
    draw = ImageDraw.Draw(canvas)
    top = max((value for curve in curves.values() for value in curve), default=1.0) or 1.0
    steps = max((len(curve) for curve in curves.values()), default=1)
    _draw_axes(draw, top, steps)
    for index, (name, curve) in enumerate(curves.items()):
        colour = COLOURS[index % len(COLOURS)]
        draw.line(_points(curve, top, steps), fill=colour, width=2, joint="curve")
        label = f"{name}  {curve[-1]:.4f}" if curve else name
        draw.text((SIZE[0] - 200, MARGIN // 2 + 14 * index), label, fill=colour)
    pixels = np.asarray(canvas, np.float32) / 255.0
    return torch.from_numpy(pixels).movedim(-1, 0).unsqueeze(0)


def _draw_axes(draw: ImageDraw.ImageDraw, top: float, steps: int) -> None:
    left, right = MARGIN, SIZE[0] - MARGIN // 2
    for part in range(5):
        y = _y(top * part / 4, top)
        draw.line([(left, y), (right, y)], fill=FAINT if part else INK)
        draw.text((2, y - 6), f"{top * part / 4:.3g}", fill=INK)
    draw.text((left, SIZE[1] - MARGIN // 2 - 4), "step 0", fill=INK)
    draw.text((right - 24, SIZE[1] - MARGIN // 2 - 4), str(steps - 1), fill=INK)


def _points(curve: Sequence[float], top: float, steps: int) -> list[tuple[float, float]]:
    left, width = MARGIN, SIZE[0] - MARGIN - MARGIN // 2
    return [
        (left + width * index / max(steps - 1, 1), _y(value, top))
        for index, value in enumerate(curve)
    ]


def _y(value: float, top: float) -> float:
    height = SIZE[1] - 2 * MARGIN
    return SIZE[1] - MARGIN - height * value / top
