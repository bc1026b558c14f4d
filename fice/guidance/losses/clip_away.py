"""How much the picture looks like what it should not, in CLIP's space. Not part of FICE."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from ...base.types import Perceptor
from ..terms import Candidate
from ._views import Views, features_of, mean_over_views
from .clip import clip_likeness


@dataclass(frozen=True, eq=False)
class ClipAwayTerm:
    """Drives the picture away from a text or image, until they have nothing in common.

    Attributes:
        encode_image: CLIP's image tower.
        target: features to move away from, `[B, E]` or `[1, E]`.
        views: draws the views that CLIP looks at; None shows it the whole picture once.
        name: key in reports.
    """

    encode_image: Perceptor[Tensor]
    target: Tensor
    views: Views | None = None
    name: str = "clip_away"

    def __call__(self, candidate: Candidate) -> Tensor:
        """Loss `[B]`, the mean over the views."""
        features = features_of(self.encode_image, self.views, candidate)
        return mean_over_views(clip_likeness, features, self.target)
