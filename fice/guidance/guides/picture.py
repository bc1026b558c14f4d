"""A picture to look like."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from ...base.types import ClipModel
from ..losses import ClipTerm, Views
from ..source import Source
from ..terms import LossTerm


@dataclass(frozen=True, eq=False)
class PictureGuide:
    """Draws the picture to what CLIP sees in another one.

    Attributes:
        picture: `[N, 3, H, W]` in [0, 1], e.g. a garment on a person; of several, what CLIP sees
            in them on average.
        weight: factor in the objective.
        clip: the model that judges it; None takes the one of the edit.
    """

    picture: Tensor
    weight: float = 1.0
    clip: ClipModel | None = None

    @property
    def kind(self) -> str:
        """What it is called in reports."""
        return "picture"

    def bind(self, clip: ClipModel, source: Source, views: Views | None, name: str) -> LossTerm:
        """The term of this picture."""
        with torch.no_grad():
            target = clip.encode_image(self.picture.to(source.ws)).mean(0, keepdim=True)
        return ClipTerm(clip.encode_image, target, views=views, name=name)
