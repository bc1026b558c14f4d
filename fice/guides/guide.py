"""What every guide can do."""

from __future__ import annotations

from typing import Protocol

from torch import Tensor

from ..losses import Views
from ..types import ClipGuide, LossTerm


class Guide(Protocol):
    """A wish, not yet bound to a photo and a CLIP model."""

    @property
    def weight(self) -> float:
        """Factor in the objective; the text of an edit has 1."""
        ...

    @property
    def clip(self) -> ClipGuide | None:
        """The CLIP model that judges it; None takes the one of the edit."""
        ...

    @property
    def kind(self) -> str:
        """What it is called in reports."""
        ...

    def bind(self, clip: ClipGuide, photo: Tensor, views: Views | None, name: str) -> LossTerm:
        """The term of this wish for `photo` `[B, 3, H, W]`.

        Raises:
            TextError: if `clip` cannot use a text of it.
        """
        ...
