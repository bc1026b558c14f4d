"""How badly a generator knows a picture."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import torch
from torch import Tensor

from ..base.layer_groups import mean_ws
from ..base.types import LatentEncoder, Synthesizer

Misfit: TypeAlias = Callable[[Tensor], Tensor]
"""Crops `[N, 3, h, w]` to a number for each, `[N]`, that is small for what the generator knows."""


UNEXPLAINED_MOST = 0.35
"""What `unexplained` rarely exceeds for a photo of the generator's world."""


def unexplained(photo: Tensor, reconstruction: Tensor, mean_figure: Tensor) -> Tensor:
    """How much of what sets a photo apart from the mean figure is not drawn, `[B]`.

    The absolute error of the reconstruction over that of the mean figure: 0 is the photo itself, 1
    says that any other picture would have done as well. Measured against the generator's own mean
    it needs no figure from other generators. With the demo networks 500 held-out figures lie
    between 0.10 and 0.35 (median 0.17), badly framed or upside-down ones and other pictures between
    0.37 and 0.93, forty photos of the street between 0.62 and 0.95.

    Args:
        photo: `[B, 3, H, W]` in [0, 1].
        reconstruction: of its W+.
        mean_figure: of `mean_ws`, `[1, 3, H, W]`.
    """
    error, worst = (
        (one.clamp(0.0, 1.0) - photo).abs().flatten(1).mean(1)
        for one in (reconstruction, mean_figure)
    )
    return error / worst.clamp(min=1e-6)


def misfit(synthesizer: Synthesizer, encoder: LatentEncoder) -> Misfit:
    """Tells how badly generator and encoder know a picture, for `fice.framing.fit_size`."""
    with torch.no_grad():
        mean_figure = synthesizer.synthesize(mean_ws(synthesizer))

    def measured(crops: Tensor) -> Tensor:
        with torch.no_grad():
            drawn = synthesizer.synthesize(encoder(crops))
            return unexplained(crops, drawn, mean_figure)

    return measured
