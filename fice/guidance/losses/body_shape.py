"""How far pose and body shape moved, on the body chart of DensePose."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from ...base.types import BodyChart, Perceptor
from ..terms import Candidate
from ._targets import check_target


def body_shape_distance(body: Tensor, target: Tensor) -> Tensor:
    """Mean square difference of the part probabilities (formats, section 7).

    Args:
        body: `[B, P, h, w]` in [0, 1], see `BodyChart.body`.
        target: as `body`, or `[1, P, h, w]`.

    Returns:
        `[B]`, 0 where both charts agree.
    """
    check_target(target, body, "body_shape")
    return (body - target).square().flatten(1).mean(1)


@dataclass(frozen=True, eq=False)
class BodyShapeTerm:
    """Keeps pose and body shape of the source image.

    Attributes:
        perceptor: the network that charts the body.
        target: part probabilities of the source image, `[B, P, h, w]`.
        name: key in reports.
    """

    perceptor: Perceptor[BodyChart]
    target: Tensor
    name: str = "body_shape"

    def __call__(self, candidate: Candidate) -> Tensor:
        """Loss `[B]`."""
        return body_shape_distance(candidate.perceive(self.perceptor).body, self.target)
