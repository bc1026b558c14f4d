"""What a figure wears, read off its picture by judges that guide nothing."""

from __future__ import annotations

import torch
from torch import Tensor

from .colour_judge import garment_colour
from .reader import READER_CLASSES, AttributeReader


@torch.no_grad()
def read_attributes(
    image: Tensor, garment: Tensor, reader: AttributeReader
) -> list[dict[str, str | None]]:
    """Colour, sleeve, pattern and neckline of each picture; a colour is None without a garment.

    Args:
        image: `[B, 3, 128, 128]` in [0, 1].
        garment: P(garment), `[B, 1, 128, 128]`.
        reader: reads all but the colour, which is counted in pixels.
    """
    answers = {name: logits.argmax(1).tolist() for name, logits in reader(image).items()}
    result: list[dict[str, str | None]] = []
    for row, (picture, where) in enumerate(zip(image, garment[:, 0] > 0.5, strict=True)):
        read: dict[str, str | None] = {
            name: classes[answers[name][row]] for name, classes in READER_CLASSES.items()
        }
        pixels = picture.permute(1, 2, 0).numpy()
        read["colour"] = garment_colour(pixels, where.numpy(), read["pattern"] or "solid")
        result.append(read)
    return result
