"""Texts to token rows of a CLIP model, without ever cutting a text silently."""

from __future__ import annotations

import string
from collections.abc import Iterable, Sequence
from functools import cache

import torch
from torch import Tensor

from ...base.errors import TextError

START_TOKEN = 49406
END_TOKEN = 49407


class ClipTokenizer:
    """CLIP's byte pair encoding for a model that may know only some of the tokens.

    A word of which a token is unknown is left out as a whole; `ignored_words` names it.

    Args:
        vocabulary: ids of the known tokens; row `i` of the model's table is `vocabulary[i]`.
        context_length: most tokens of one text, start and end included.
    """

    def __init__(self, vocabulary: Iterable[int], context_length: int) -> None:
        # Here and not on top: importing open_clip takes seconds.
        from open_clip.tokenizer import SimpleTokenizer

        self._encode = SimpleTokenizer().encode
        self._row_of = {token: row for row, token in enumerate(vocabulary)}
        self._context_length = context_length

    def __call__(self, texts: Sequence[str]) -> Tensor:
        """Rows of the token table, `[N, context_length]` int64, for N texts.

        Raises:
            TextError: if a text is empty, too long, or has no known word.
        """
        if not texts:
            raise TextError("There is no text to encode.")
        rows = torch.zeros(len(texts), self._context_length, dtype=torch.long)
        for row, text in zip(rows, texts, strict=True):
            tokens = [START_TOKEN, *self._checked(text), END_TOKEN]
            row[: len(tokens)] = torch.tensor([self._row_of[token] for token in tokens])
        return rows

    def ignored_words(self, text: str) -> tuple[str, ...]:
        """Words of `text` that the model does not know, each once, in order."""
        if self._knows(self._encode(text)):
            return ()
        unknown = (word for word in text.split() if self._known_spelling(word) is None)
        return tuple(dict.fromkeys(_core(word) for word in unknown))

    def _checked(self, text: str) -> list[int]:
        tokens = self._known_tokens(text)
        if not {START_TOKEN, END_TOKEN} <= self._row_of.keys():
            raise TextError("This CLIP model lacks the start and end tokens, so it reads no text.")
        if {START_TOKEN, END_TOKEN} & set(tokens):
            raise TextError(f"The text {text!r} contains one of CLIP's control marks; remove it.")
        room = self._context_length - 2
        if len(tokens) > room:
            raise TextError(
                f"The text has {len(tokens)} tokens, but this CLIP model reads at most {room}; "
                f"use fewer words. It starts with {text[:40]!r}."
            )
        return tokens

    def _known_tokens(self, text: str) -> list[int]:
        tokens = self._encode(text)
        if not tokens:
            raise TextError("The text is empty. Describe the garment, e.g. 'a red shirt'.")
        if self._knows(tokens):
            return tokens
        known = [token for word in text.split() for token in self._known_spelling(word) or ()]
        if not known:
            raise TextError(
                f"This CLIP model knows no word of {text!r}; use others, or a larger CLIP model."
            )
        return known

    def _known_spelling(self, word: str) -> list[int] | None:
        """Tokens of `word`, if need be without the punctuation around it; None if unknown."""
        for spelling in (word, _core(word)):
            tokens = self._encode(spelling)
            if self._knows(tokens):
                return tokens
        return None

    def _knows(self, tokens: Iterable[int]) -> bool:
        return all(token in self._row_of for token in tokens)


@cache
def is_word(word: str) -> bool:
    """Whether CLIP's byte pair encoding has a token for all of `word`: misspellings have none."""
    # Here and not on top: importing open_clip takes seconds.
    from open_clip.tokenizer import SimpleTokenizer

    return len(SimpleTokenizer().encode(word)) == 1


def _core(word: str) -> str:
    return word.strip(string.punctuation)
