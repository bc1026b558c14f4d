"""How far the outline of the head moved, so that the head of the photo still fits on it."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from ...base.types import Perceptor, Regions
from ..terms import Candidate
from ._targets import check_target


def head_shape_distance(head: Tensor, target: Tensor) -> Tensor:
    """Mean square difference of the head probabilities (formats, section 7).

    Args:
        head: P(head), `[B, 1, H, W]` in [0, 1].
        target: as `head`, or `[1, 1, H, W]`.

    Returns:
        `[B]`, 0 where both maps agree.
    """
    check_target(target, head, "head_shape")
    return (head - target).square().flatten(1).mean(1)


@dataclass(frozen=True, eq=False)
class HeadShapeTerm:
    """Keeps the outline of the head of the source image.

    Attributes:
        perceptor: the segmenter.
        target: P(head) of the source image, `[B, 1, H, W]`.
        name: key in reports.
    """

    perceptor: Perceptor[Regions]
    target: Tensor
    name: str = "head_shape"

    def __call__(self, candidate: Candidate) -> Tensor:
        """Loss `[B]`."""
        return head_shape_distance(candidate.perceive(self.perceptor).head, self.target)
