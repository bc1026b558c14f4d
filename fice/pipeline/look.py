"""What the photo shows before the first step."""

from __future__ import annotations

import torch
from torch import Tensor

from ..guidance.source import Source
from .models import ModelSet


def look(image: Tensor, models: ModelSet, painted: Tensor | None = None) -> Source:
    """What the networks see in `image` `[B, 3, H, W]`, which has the size of the generator.

    Args:
        image: the framed photos, in [0, 1].
        models: the networks.
        painted: what may change, `[B, 1, H, W]` in [0, 1]; None leaves that to the recipe.
    """
    with torch.no_grad():
        ws = models.encoder(image)
    return Source.of(image, ws, models.chart, models.segmenter, painted)
