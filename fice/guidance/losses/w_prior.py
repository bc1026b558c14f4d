"""How unusual a W+ is for its generator. Not part of FICE."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from ...base.shapes import check_shape
from ..terms import Candidate, codes_of
from ._whitening import standardised_distance


def w_prior(ws: Tensor, w_avg: Tensor, w_std: Tensor) -> Tensor:
    """Mean square distance to the mean code, in standard deviations of W.

    Following its gradient with a small step is the truncation trick, so there is no second term
    for that.

    Args:
        ws: `[B, L, w_dim]`.
        w_avg: `[w_dim]`.
        w_std: `[w_dim]`, positive.

    Returns:
        `[B]`, 0 at the mean code, about 1 for a random one.

    Raises:
        ShapeError: if the statistics are not of this latent space.
    """
    check_shape(w_avg, (ws.shape[-1],), "w_avg")
    check_shape(w_std, (ws.shape[-1],), "w_std")
    return standardised_distance(ws, w_avg, w_std)


@dataclass(frozen=True, eq=False)
class WPriorTerm:
    """Keeps W+ in the part of the latent space that the generator was trained on.

    Attributes:
        w_avg: mean of W, `[w_dim]`.
        w_std: standard deviation of W, `[w_dim]`.
        layers: the ws indices that count; None takes all.
        name: key in reports.
    """

    w_avg: Tensor
    w_std: Tensor
    layers: range | None = None
    name: str = "w_prior"

    def __call__(self, candidate: Candidate) -> Tensor:
        """Loss `[B]`."""
        ws = candidate.ws if self.layers is None else codes_of(candidate.ws, self.layers)
        return w_prior(ws, self.w_avg, self.w_std)
