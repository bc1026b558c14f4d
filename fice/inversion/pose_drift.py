"""Stop when the pose drifts away from the photo's. Not part of FICE."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
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
    ours = F.one_hot(one.part_ids.flatten(1), parts)[..., 1:].bool()
    theirs = F.one_hot(other.part_ids.flatten(1), parts)[..., 1:].bool()
    either = (ours | theirs).sum(1)
    share = (ours & theirs).sum(1) / either.clamp(min=1)
    shown = (either > 0).sum(1)
    return torch.where(shown > 0, share.sum(1) / shown.clamp(min=1), 1.0)


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
