"""The progress bar, the live preview and the Cancel button."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

import comfy.model_management as mm
import comfy.utils
from PIL import Image
from torch import Tensor

from ...fice.base.images import to_pixels
from .told import doing

ItemT = TypeVar("ItemT")


PREVIEW_SIZE = 512  # longest side of a live preview, in pixels


class Progress:
    """The progress bar and live preview of the running node, and its Cancel button.

    Args:
        total: number of steps.
        preview_every: steps between two previews, 0 for none; the first and last step show one.
    """

    def __init__(self, total: int, preview_every: int) -> None:
        self._bar = comfy.utils.ProgressBar(total)
        self._total = total
        self._every = preview_every
        self._done = 0

    def step(self, image: Tensor) -> None:
        """Counts one step and shows `image` `[3, H, W]`.

        Raises:
            InterruptProcessingException: if the artist pressed Cancel.
        """
        # The bar looks at the button only when it sends something, which it does not every time.
        mm.throw_exception_if_processing_interrupted()
        self._done += 1
        shown = self._every > 0 and (
            self._done in (1, self._total) or self._done % self._every == 0
        )
        preview = ("JPEG", Image.fromarray(to_pixels(image)), PREVIEW_SIZE) if shown else None
        self._bar.update_absolute(self._done, self._total, preview)


class Looks:
    """Work that draws pictures, and nobody knows how many: the bar fills up to the last but one.

    Args:
        expected: about how many.
    """

    def __init__(self, expected: int) -> None:
        self._expected = max(expected, 1)
        self._bar = comfy.utils.ProgressBar(self._expected)
        self._done = 0

    def step(self, _image: Tensor) -> None:
        """Counts a picture.

        Raises:
            InterruptProcessingException: if the artist pressed Cancel.
        """
        mm.throw_exception_if_processing_interrupted()
        self._done += 1
        self._bar.update_absolute(min(self._done, self._expected - 1), self._expected)


class Work:
    """Work in a few parts: the bar counts them, words name them, Cancel is noticed before each.

    Args:
        parts: how many.
    """

    def __init__(self, parts: int = 1) -> None:
        self._bar = comfy.utils.ProgressBar(parts)
        self._parts = parts
        self._begun = 0

    def part(self, what: str) -> None:
        """Begins the next part.

        Raises:
            InterruptProcessingException: if the artist pressed Cancel.
        """
        mm.throw_exception_if_processing_interrupted()
        doing(what)
        self._bar.update_absolute(self._begun, self._parts)
        self._begun += 1


class Cancel:
    """The Cancel button, for a run that can end early with what it has.

    Attributes:
        pressed: whether the run was ended by it.
    """

    def __init__(self, *, keeps_result: bool) -> None:
        self._keeps_result = keeps_result
        self.pressed = False

    def until(self, steps: Iterator[ItemT]) -> Iterator[ItemT]:
        """`steps` up to the one in which the button was pressed.

        Raises:
            InterruptProcessingException: if it was, and nothing is to be kept.
        """
        if self.pressed:
            return
        try:
            yield from steps
        except mm.InterruptProcessingException:
            if not self._keeps_result:
                raise
            self.pressed = True
