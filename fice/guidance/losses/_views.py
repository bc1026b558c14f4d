"""What CLIP sees of a candidate: the whole picture, or several views of it."""

from __future__ import annotations

from typing import Protocol

import torch
from torch import Tensor

from ...base.types import Perceptor
from ..terms import Candidate


class Views(Protocol):
    """Draws several views of each image, e.g. random crops."""

    def __call__(self, image: Tensor, step: int) -> Tensor:
        """Views `[B, K, 3, H, W]` of `image` `[B, 3, H, W]`, the same for the same `step`."""
        ...


class FeatureLoss(Protocol):
    """A loss `[B]` of image features `[B, E]` and a target of the same space."""

    def __call__(self, image_features: Tensor, target: Tensor, /) -> Tensor:
        """Loss of each image."""
        ...


def features_of(
    encode_image: Perceptor[Tensor], views: Views | None, candidate: Candidate
) -> Tensor:
    """Features of each view of the candidate, `[B, K, E]`; without `views` of all of it, K = 1.

    Terms with the same `encode_image` and `views` share them.
    """
    if views is None:
        return candidate.perceive(encode_image).unsqueeze(1)

    def look() -> Tensor:
        seen = views(candidate.image, candidate.step)
        return candidate.show(encode_image, seen.flatten(0, 1)).unflatten(0, seen.shape[:2])

    return candidate.once((encode_image, views), look)


def source_features(
    encode_image: Perceptor[Tensor], views: Views | None, source: Tensor, candidate: Candidate
) -> Tensor:
    """Features of the same views of another image, without a graph; shared like `features_of`."""

    def look() -> Tensor:
        with torch.no_grad():
            if views is None:
                return encode_image(source).unsqueeze(1)
            seen = views(source, candidate.step)
            return encode_image(seen.flatten(0, 1)).unflatten(0, seen.shape[:2])

    return candidate.once((encode_image, views, source), look)


def mean_over_views(loss: FeatureLoss, features: Tensor, target: Tensor) -> Tensor:
    """Mean of `loss` `[B]` over the views of `features` `[B, K, E]`."""
    per_view = [loss(view, target) for view in features.unbind(1)]
    return sum(per_view[1:], per_view[0]) / len(per_view)
