"""Stop when the pose drifts away from the photo's. Not part of FICE."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from ..base.types import BodyChart, Measurement
from .step import InversionStep


def part_overlap(one: BodyChart, other: BodyChart) -> Tensor:
    """Mean intersection over union of the body parts that either chart shows, `[B]` in [0, 1].

    Args:
        one: charts of B images.
        other: of the same images after a change, or of one image for all.

    Returns:
        1 where both show the same parts in the same places, or none at all.
    """
    parts = one.fine_segm.shape[1]
    ours, theirs = (_shown(chart.part_ids.flatten(1), parts) for chart in (one, other))
    either = (ours | theirs).sum(1)
    share = (ours & theirs).sum(1) / either.clamp(min=1)
    shown = (either > 0).sum(1)
    return torch.where(shown > 0, share.sum(1) / shown.clamp(min=1), 1.0)


def _shown(ids: Tensor, parts: int) -> Tensor:
    """Which of the parts but the background each pixel of `ids` `[B, N]` shows, `[B, N, parts-1]`.

    `one_hot` would look at all ids first, which some GPUs are waited for.
    """
    return ids.unsqueeze(-1) == torch.arange(1, parts, device=ids.device)


@dataclass(frozen=True, eq=False)
class PoseGuard:
    """Tells the steps that still hold the pose of the photo.

    It costs one more look at each step.

    Attributes:
        chart: the body chart network and what it saw in the photo.
        least_overlap: smallest `part_overlap` that counts as the same pose.
    """

    chart: Measurement[BodyChart]
    least_overlap: float

    def holds(self, step: InversionStep) -> Tensor:
        """Whether each image of `step` holds its pose, `[B]` bool."""
        with torch.no_grad():
            seen = self.chart.perceptor(step.image)
        return part_overlap(seen, self.chart.seen) >= self.least_overlap
