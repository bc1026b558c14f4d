"""Which attribute a word is about that the bank lacks: by CLIP's text side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from ..base.types import ClipModel
from .bank import GARMENT, LOWER, Bank
from .reading import readable
from .sentence import say

ALIKE = 0.5
"""Cosine from which on two words change a sentence in the same way."""


@torch.no_grad()
def about(clip: ClipModel, words: Sequence[str], bank: Bank) -> Mapping[str, str]:
    """The attribute of each word that changes a sentence as one of its values does.

    "Vermilion" moves the features of "a person wearing a top" where "red" moves them, so it is
    about the colour. Words that do not move them like any value are left out.

    Args:
        clip: any CLIP.
        words: that `clip` knows.
        bank: the attributes.
    """
    if not words:
        return {}
    plain = clip.encode_text([say({})])
    moves = _moves(clip, [say({"": word}) for word in words], plain)
    found: dict[str, str] = {}
    best = torch.full((len(words),), ALIKE).to(moves)
    for name in bank.attributes:
        options = [] if name in (GARMENT, LOWER) else readable(bank, name, clip)
        if len(options) < 2:
            continue
        values = _moves(clip, [say({name: one.name}) for one in options], plain)
        alike = (moves @ values.T).amax(1)
        for word, closer in zip(words, (alike > best).tolist(), strict=True):
            if closer:
                found[word] = name
        best = torch.maximum(best, alike)
    return found


def _moves(clip: ClipModel, sentences: Sequence[str], plain: Tensor) -> Tensor:
    return F.normalize(clip.encode_text(sentences) - plain, dim=-1)
