"""How far the picture is from what the text says, in CLIP's space."""

from __future__ import annotations

from dataclasses import dataclass

import torch.nn.functional as F
from torch import Tensor

from ...base.types import Perceptor
from ..terms import Candidate
from ._targets import check_target
from ._views import Views, features_of, mean_over_views


def clip_distance(image_features: Tensor, text_features: Tensor) -> Tensor:
    """One minus the cosine between image and text (formats, section 7).

    Args:
        image_features: `[B, E]`, of any length.
        text_features: `[B, E]`, or `[1, E]` for one text for all images.

    Returns:
        `[B]` in [0, 2], 0 where both point the same way.

    Examples:
        >>> import torch
        >>> clip_distance(torch.tensor([[2.0, 0.0]]), torch.tensor([[0.0, 3.0]]))
        tensor([1.])
    """
    check_target(text_features, image_features, "clip")
    return 1.0 - F.cosine_similarity(image_features, text_features, dim=1)


def clip_likeness(image_features: Tensor, text_features: Tensor) -> Tensor:
    """The positive part of the cosine: what is left to lose when moving away from a text.

    Args:
        image_features: `[B, E]`, of any length.
        text_features: `[B, E]` or `[1, E]`.

    Returns:
        `[B]` in [0, 1], 0 from a right angle on; beyond it there is nothing to gain.
    """
    check_target(text_features, image_features, "clip")
    return F.cosine_similarity(image_features, text_features, dim=1).clamp(min=0.0)


@dataclass(frozen=True, eq=False)
class ClipTerm:
    """Draws the picture to a text, and away from another if one is given.

    Attributes:
        encode_image: CLIP's image tower.
        target: text features, `[B, E]` or `[1, E]`.
        unwanted: features of the text to move away from, as `target`, or None.
        unwanted_weight: factor of that part.
        views: draws the views that CLIP looks at; None shows it the whole picture once (FICE).
        name: key in reports.
    """

    encode_image: Perceptor[Tensor]
    target: Tensor
    unwanted: Tensor | None = None
    unwanted_weight: float = 0.5
    views: Views | None = None
    name: str = "clip"

    def __call__(self, candidate: Candidate) -> Tensor:
        """Loss `[B]`, the mean over the views."""
        features = features_of(self.encode_image, self.views, candidate)
        loss = mean_over_views(clip_distance, features, self.target)
        if self.unwanted is None:
            return loss
        repelled = mean_over_views(clip_likeness, features, self.unwanted)
        return loss + self.unwanted_weight * repelled
