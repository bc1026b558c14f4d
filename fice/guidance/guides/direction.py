"""The change from one text to another."""

from __future__ import annotations

from dataclasses import dataclass

from ...base.errors import ImageError, TextError
from ...base.types import ClipModel
from ...words.weights import encode_weighted
from ..losses import ClipDirectionTerm, Views
from ..source import Source
from ..terms import LossTerm

SMALLEST_DIFFERENCE = 1e-3  # between unit vectors; less is rounding


@dataclass(frozen=True, eq=False)
class DirectionGuide:
    """Changes the photo as `source_text` changes to `target_text`, and not otherwise.

    Attributes:
        source_text: what the photo shows.
        target_text: the same with the difference that is wanted.
        weight: factor in the objective.
        clip: the model that judges it; None takes the one of the edit.
    """

    source_text: str
    target_text: str
    weight: float = 1.0
    clip: ClipModel | None = None

    @property
    def kind(self) -> str:
        """What it is called in reports."""
        return "direction"

    def bind(self, clip: ClipModel, source: Source, views: Views | None, name: str) -> LossTerm:
        """The term of this change.

        Raises:
            ImageError: if there is no photo.
            TextError: if `clip` cannot use a text, or sees no difference between the two.
        """
        if source.image is None:
            raise ImageError(
                "A direction starts from the photo, which is not here: link the photo's pose or "
                "regions as well."
            )
        before, after = encode_weighted(clip, [self.source_text, self.target_text]).split(1)
        if float((after - before).norm()) < SMALLEST_DIFFERENCE:
            raise TextError(
                f"CLIP sees no difference between {self.source_text!r} and {self.target_text!r}; "
                "say in the second what should be different."
            )
        return ClipDirectionTerm(clip.encode_image, source.image, after - before, views, name)
