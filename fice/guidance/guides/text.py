"""One more text."""

from __future__ import annotations

from dataclasses import dataclass

from ...base.types import ClipModel
from ...words.weights import encode_weighted
from ..losses import ClipAwayTerm, ClipTerm, Views
from ..source import Source
from ..terms import LossTerm


@dataclass(frozen=True, eq=False)
class TextGuide:
    """Draws the picture to a text, or away from it.

    Attributes:
        text: what it should, or should not, look like.
        weight: factor in the objective.
        away: move away from the text.
        clip: the model that judges it; None takes the one of the edit.
    """

    text: str
    weight: float = 1.0
    away: bool = False
    clip: ClipModel | None = None

    @property
    def kind(self) -> str:
        """What it is called in reports."""
        return "not text" if self.away else "text"

    def bind(self, clip: ClipModel, source: Source, views: Views | None, name: str) -> LossTerm:  # noqa: ARG002 - a text is the same for every photo
        """The term of this text.

        Raises:
            TextError: if `clip` cannot use the text.
        """
        target = encode_weighted(clip, [self.text])
        if self.away:
            return ClipAwayTerm(clip.encode_image, target, views, name)
        return ClipTerm(clip.encode_image, target, views=views, name=name)
