"""How much the layers of a W+ disagree: FICE's latent regulariser."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from ...base.errors import ShapeError
from ..terms import Candidate

MIN_LAYERS = 2


def w_delta(ws: Tensor) -> Tensor:
    """Mean square distance of the codes 1, 2, … to code 0 (formats, section 7).

    A generator is trained with one code for all layers; W+ codes that agree stay close to that.
    The gradient reaches code 0 too.

    Args:
        ws: `[B, num_ws, w_dim]` with at least two layers.

    Returns:
        `[B]`, 0 where all layers carry the same code.

    Examples:
        >>> import torch
        >>> w_delta(torch.tensor([[[1.0], [2.0], [4.0]]]))
        tensor([5.])
    """
    if ws.dim() != 3 or ws.shape[1] < MIN_LAYERS:
        raise ShapeError("ws", tuple(ws.shape), ("B", "num_ws >= 2", "w_dim"))
    return (ws[:, 1:] - ws[:, :1]).square().flatten(1).mean(1)


@dataclass(frozen=True, eq=False)
class WDeltaTerm:
    """Keeps the codes of all layers close to the first.

    Attributes:
        name: key in reports.
    """

    name: str = "w_delta"

    def __call__(self, candidate: Candidate) -> Tensor:
        """Loss `[B]`."""
        return w_delta(candidate.ws)
