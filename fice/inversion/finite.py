"""Ends a run whose numbers are no longer finite."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from ..base.errors import DivergedError
from .best import BestSteps
from .device_queue import look_every
from .step import InversionStep


class FiniteCheck:
    """Watches the steps of a run, see `look_every`.

    On a CPU no broken step gets through. On a GPU up to nine do before the run ends; `keep` passes
    over them.
    """

    def __init__(self) -> None:
        self._unseen: list[tuple[int, Tensor, Mapping[str, Tensor]]] = []

    def note(self, step: InversionStep, *, last: bool) -> None:
        """Takes note of `step`, and looks at those since the last look if it is time.

        Raises:
            DivergedError: naming the first step that is not finite.
        """
        self._unseen.append((step.index, _finite(step), step.losses))
        if not last and len(self._unseen) < look_every(step.total.device):
            return
        if not bool(torch.stack([fine for _, fine, _ in self._unseen]).all()):
            raise _diverged(*next(one for one in self._unseen if not bool(one[1].all())))
        self._unseen.clear()


def require_finite(*found: InversionStep | BestSteps) -> None:
    """Looks at what a run hands out, which may have ended between two looks of `FiniteCheck`.

    Raises:
        DivergedError: naming the first step that is not finite.
    """
    for one in found:
        finite = _finite(one)
        if not bool(finite.all()):
            image = int(finite.logical_not().nonzero()[0])
            index = one.index if isinstance(one.index, int) else int(one.index[image])
            raise _diverged(index, finite, one.losses)


def _finite(step: InversionStep | BestSteps) -> Tensor:
    return step.total.isfinite() & step.ws.flatten(1).isfinite().all(1)


def _diverged(index: int, finite: Tensor, losses: Mapping[str, Tensor]) -> DivergedError:
    bad = [image for image, fine in enumerate(finite.tolist()) if not fine]
    broken = [name for name, loss in losses.items() if not bool(loss.isfinite().all())]
    return DivergedError(
        f"Step {index} gave NaN or infinity for image {bad} of the batch in "
        f"{', '.join(broken) or 'W+'}. The steps before are valid; try a smaller learning rate or "
        "smaller weights."
    )
