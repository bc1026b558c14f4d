"""Networks that the host looks after while they work."""

from __future__ import annotations

from typing import Any, Protocol

import comfy.model_management as mm
from torch import Tensor

from ...fice.base.types import Synthesizer


class Counting(Protocol):
    """Counts pictures, and notices Cancel."""

    def step(self, _image: Tensor, /) -> None:
        """One more was drawn."""
        ...


class Watched:
    """A `Synthesizer` that reports each drawing to the progress bar, where Cancel is noticed.

    Search and gradient steps of an inversion have nothing else in common.
    """

    def __init__(self, synthesizer: Synthesizer, progress: Counting) -> None:
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


class Interruptible:
    """A network that looks at pictures, and notices Cancel before each look.

    The search for a person looks at hundreds of crops, one batch after another.
    """

    def __init__(self, perceptor: Any) -> None:  # noqa: ANN401 - any `Perceptor`
        self._perceptor = perceptor

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - all else is the network's
        return getattr(self._perceptor, name)

    def __call__(self, image: Tensor) -> Any:  # noqa: ANN401
        """What the network sees in `image`.

        Raises:
            InterruptProcessingException: if the artist pressed Cancel.
        """
        mm.throw_exception_if_processing_interrupted()
        return self._perceptor(image)
