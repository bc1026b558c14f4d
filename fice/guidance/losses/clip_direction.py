"""Whether the picture changed as the words did, in CLIP's space. Not part of FICE."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from ...base.types import Perceptor
from ..terms import Candidate
from ._targets import check_target
from ._views import Views, features_of, source_features

# Length below which a change of unit features has no direction yet. It bounds the gradient at the
# start of a run, where nothing has changed.
SMALLEST_CHANGE = 0.05


def direction_distance(change: Tensor, direction: Tensor) -> Tensor:
    """One minus the cosine between two changes (StyleGAN-NADA, arXiv 2108.00946, equation 3).

    Args:
        change: of the image features, `[B, E]`.
        direction: of the text features, `[B, E]` or `[1, E]`, of any length but 0.

    Returns:
        `[B]` in [0, 2], 0 where both point the same way, 1 where nothing has changed yet.

    Examples:
        >>> import torch
        >>> direction_distance(torch.tensor([[0.5, 0.0], [0.0, 0.0]]), torch.tensor([[2.0, 0.0]]))
        tensor([0., 1.])
    """
    check_target(direction, change, "clip_direction")
    return 1.0 - F.cosine_similarity(
        change, F.normalize(direction, dim=1), dim=1, eps=SMALLEST_CHANGE
    )


@dataclass(frozen=True, eq=False)
class ClipDirectionTerm:
    """Lets the picture differ from the photo only as one text differs from another.

    Attributes:
        encode_image: CLIP's image tower.
        source: the photo, `[B, 3, H, W]`.
        direction: features of the text wanted, minus those of the text that fits the photo,
            `[B, E]` or `[1, E]`.
        views: draws the views that CLIP looks at, of photo and picture alike; None shows it all.
        name: key in reports.
    """

    encode_image: Perceptor[Tensor]
    source: Tensor
    direction: Tensor
    views: Views | None = None
    name: str = "clip_direction"

    def __call__(self, candidate: Candidate) -> Tensor:
        """Loss `[B]`, the mean over the views."""
        after = features_of(self.encode_image, self.views, candidate)
        before = source_features(self.encode_image, self.views, self.source, candidate)
        changes = after - before
        per_view = [direction_distance(change, self.direction) for change in changes.unbind(1)]
        return torch.stack(per_view).mean(0)
