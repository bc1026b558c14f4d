"""What every guide can do."""

from __future__ import annotations

from typing import Protocol

from ...base.types import ClipModel
from ..losses import Views
from ..source import Source
from ..terms import LossTerm


class Guide(Protocol):
    """A wish, not yet bound to a photo and a CLIP model."""

    @property
    def weight(self) -> float:
        """Factor in the objective; the text of an edit has 1."""
        ...

    @property
    def clip(self) -> ClipModel | None:
        """The CLIP model that judges it; None takes the one of the edit."""
        ...

    @property
    def kind(self) -> str:
        """What it is called in reports."""
        ...

    def bind(self, clip: ClipModel, source: Source, views: Views | None, name: str) -> LossTerm:
        """The term of this wish for the photo `source`.

        Raises:
            ImageError: if it compares with the photo and there is none.
            TextError: if `clip` cannot use a text of it.
        """
        ...
