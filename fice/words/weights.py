"""Weights in a text, as artists write them: `(red:1.3) dress`, `(red) dress`, `[red] dress`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ..base.types import ClipModel

STRONGER = 1.1
"""Factor of a pair of parentheses without a number; square brackets divide by it."""

_WEIGHTED = re.compile(
    r"\(([^()\[\]]+?):\s*([0-9]*\.?[0-9]+)\s*\)|\(([^()\[\]:]+)\)|\[([^()\[\]]+)\]"
)


@dataclass(frozen=True)
class Emphasis:
    """A stretch of a text that counts more, or less, than the rest.

    Attributes:
        words: the stretch.
        weight: 1 counts like the rest.
    """

    words: str
    weight: float


@dataclass(frozen=True)
class WeightedText:
    """A text without its marks.

    Attributes:
        text: what is read.
        emphases: what counts otherwise.
    """

    text: str
    emphases: tuple[Emphasis, ...] = ()

    def without(self, words: str) -> str:
        """The text with a stretch left out."""
        return " ".join(self.text.replace(words, " ", 1).split())


def parse_weights(text: str) -> WeightedText:
    """Takes the marks out of `text`; pairs inside each other multiply.

    Examples:
        >>> parse_weights("a (red:1.3) dress")
        WeightedText(text='a red dress', emphases=(Emphasis(words='red', weight=1.3),))
        >>> parse_weights("a red dress").emphases
        ()
    """
    factors: dict[str, float] = {}

    def note(match: re.Match[str]) -> str:
        numbered, number, plain, bracketed = match.groups()
        words: str = numbered or plain or bracketed
        factor = float(number) if number else STRONGER if plain else 1.0 / STRONGER
        factors[words.strip()] = factors.get(words.strip(), 1.0) * factor
        return words

    while (stripped := _WEIGHTED.sub(note, text)) != text:
        text = stripped
    emphases = (Emphasis(words, weight) for words, weight in factors.items() if words)
    return WeightedText(" ".join(text.split()) if factors else text, tuple(emphases))


def encode_weighted(clip: ClipModel, texts: Sequence[str]) -> Tensor:
    """Unit vectors `[N, E]` of N texts with weights.

    What a stretch adds to the text, its features less those of the text without it, is taken as
    often as its weight says. A text without marks is encoded as it is.

    Raises:
        TextError: if CLIP cannot use a text.
    """
    parsed = [parse_weights(text) for text in texts]
    with torch.no_grad():
        features = clip.encode_text([one.text for one in parsed])
        return torch.cat(
            [
                _emphasised(clip, one, plain)
                for one, plain in zip(parsed, features.split(1), strict=True)
            ]
        )


def encode_sentence(clip: ClipModel, sentence: WeightedText) -> Tensor:
    """The unit vector `[1, E]` of a sentence whose weights are known, see `encode_weighted`."""
    with torch.no_grad():
        return _emphasised(clip, sentence, clip.encode_text([sentence.text]))


def _emphasised(clip: ClipModel, text: WeightedText, plain: Tensor) -> Tensor:
    changed = plain
    for emphasis in text.emphases:
        rest = text.without(emphasis.words)
        # Of a text that is one stretch there is nothing for it to outweigh.
        if rest and emphasis.weight != 1.0:
            changed = changed + (emphasis.weight - 1.0) * (plain - clip.encode_text([rest]))
    return plain if changed is plain else torch.nn.functional.normalize(changed, dim=-1)
