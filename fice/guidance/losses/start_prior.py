"""How far a W+ moved from where it started. Not part of FICE."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from ...base.shapes import check_shape
from ..terms import Candidate, codes_of
from ._targets import check_target
from ._whitening import standardised_distance


def start_prior(ws: Tensor, start_ws: Tensor, w_std: Tensor) -> Tensor:
    """Mean square distance to the start, in standard deviations of W.

    Args:
        ws: `[B, L, w_dim]`.
        start_ws: as `ws`, or `[1, L, w_dim]`.
        w_std: `[w_dim]`, positive.

    Returns:
        `[B]`, 0 at the start.

    Raises:
        ShapeError: if the start or `w_std` is not of this latent space.
    """
    check_target(start_ws, ws, "start_prior")
    check_shape(w_std, (ws.shape[-1],), "w_std")
    return standardised_distance(ws, start_ws, w_std)


@dataclass(frozen=True, eq=False)
class StartPriorTerm:
    """Keeps W+ close to the encoder's, in all layers or only in those that hold pose and head.

    Attributes:
        start_ws: the W+ to stay close to, `[B, num_ws, w_dim]`.
        w_std: standard deviation of W, `[w_dim]`.
        layers: the ws indices that count; None takes all.
        name: key in reports.
    """

    start_ws: Tensor
    w_std: Tensor
    layers: range | None = None
    name: str = "start_prior"

    def __call__(self, candidate: Candidate) -> Tensor:
        """Loss `[B]`."""
        if self.layers is None:
            return start_prior(candidate.ws, self.start_ws, self.w_std)
        ws, start = (codes_of(one, self.layers) for one in (candidate.ws, self.start_ws))
        return start_prior(ws, start, self.w_std)
