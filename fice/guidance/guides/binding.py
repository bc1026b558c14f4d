"""Guides to terms."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ...base.types import ClipModel
from ..losses import Views
from ..source import Source
from ..terms import WeightedTerm
from .guide import Guide


def bind_guides(
    guides: Sequence[Guide], clip: ClipModel, source: Source, views: Views | None
) -> Iterator[WeightedTerm]:
    """The guides as terms, each under a name of its own.

    Args:
        guides: in the order they are reported; one of weight 0 is left out.
        clip: for guides that bring no model of their own.
        source: the photo.
        views: draws the views that CLIP sees; None shows it the whole picture.

    Raises:
        ImageError: if a guide compares with the photo and there is none.
        TextError: if a text cannot be used.
    """
    kinds: list[str] = []
    for guide in guides:
        kinds.append(guide.kind)
        count = kinds.count(guide.kind)
        name = f"{guide.kind} guide" if count == 1 else f"{guide.kind} guide {count}"
        if guide.weight:
            term = guide.bind(guide.clip or clip, source, views, name)
            yield WeightedTerm(term, guide.weight)
