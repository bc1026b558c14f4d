"""Guides to terms."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from torch import Tensor

from ..losses import Views
from ..types import ClipGuide, WeightedTerm
from .guide import Guide


def bind_guides(
    guides: Sequence[Guide], clip: ClipGuide, photo: Tensor, views: Views | None
) -> Iterator[WeightedTerm]:
    """The guides as terms, each under a name of its own.

    Args:
        guides: in the order they are reported; one of weight 0 is left out.
        clip: for guides that bring no model of their own.
        photo: `[B, 3, H, W]` in [0, 1].
        views: draws the views that CLIP sees; None shows it the whole picture.

    Raises:
        TextError: if a text cannot be used.
    """
    kinds: list[str] = []
    for guide in guides:
        kinds.append(guide.kind)
        count = kinds.count(guide.kind)
        name = f"{guide.kind} guide" if count == 1 else f"{guide.kind} guide {count}"
        if guide.weight:
            term = guide.bind(guide.clip or clip, photo, views, name)
            yield WeightedTerm(term, guide.weight)
