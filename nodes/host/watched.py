"""A generator that shows what it draws."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from ...fice.base.types import Synthesizer
from .progress import Progress


class Watched:
    """A `Synthesizer` that reports each drawing to the progress bar, where Cancel is noticed.

    Search and gradient steps of an inversion have nothing else in common.
    """

    def __init__(self, synthesizer: Synthesizer, progress: Progress) -> None:
        self._synthesizer = synthesizer
        self._progress = progress

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - all else is the generator's
        return getattr(self._synthesizer, name)

    def synthesize(self, ws: Tensor, *, recompute: bool = False) -> Tensor:
        """Images of `ws`; the first one is shown.

        Raises:
            InterruptProcessingException: if the artist pressed Cancel.
        """
        image = self._synthesizer.synthesize(ws, recompute=recompute)
        self._progress.step(image[0])
        return image
