"""The words of a text, each with what the bank says it stands for."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from .bank import Bank, Phrase
from .tokens import STOP, singulars, tokens_of

UNKNOWN, NEGATION, COMPARISON = "unknown", "negation", "comparison"

_NEGATIONS = (
    "no not without remove removes removing removed delete erase drop lose minus never dont doesnt "
    "shouldnt wont cant isnt avoid exclude none nor neither ditch rid cancel hide "
)
NEGATIONS = frozenset(_NEGATIONS.split())
NEGATIVE_PHRASES: frozenset[Phrase] = frozenset(
    tokens_of(one)
    for one in ("get rid of", "take off", "take away", "free of", "instead of", "rather than")
)
COMPARISONS = {"longer": 1, "lengthen": 1, "extend": 1, "shorter": -1, "shorten": -1}

SHORTEST_TYPO, TYPO_LIKENESS = 4, 0.85
"""Letters from which on a word may be a misspelling, and how like the right one it has to be."""


@dataclass(frozen=True)
class Item:
    """A word or phrase of a text.

    Attributes:
        kind: an attribute's name, or KEPT, FILLER, UNKNOWN, NEGATION, COMPARISON, STOP.
        value: of the attribute; empty for the attribute's own word.
        words: as they are read, after misspellings were mended.
    """

    kind: str
    value: str
    words: Phrase

    @property
    def said(self) -> str:
        """The words as a phrase."""
        return " ".join(self.words)


@dataclass(frozen=True)
class Mended:
    """A misspelling.

    Attributes:
        typed: what was typed.
        read: what it is read as.
    """

    typed: str
    read: str


def is_never_a_word(word: str) -> bool:
    """Nobody vouches for `word`: any may be a misspelling."""
    del word
    return False


def mend_spelling(
    tokens: Sequence[str], bank: Bank, is_word: Callable[[str], bool] = is_never_a_word
) -> tuple[tuple[str, ...], tuple[Mended, ...]]:
    """`tokens` with misspelt words of the bank put right, and which these were.

    Args:
        tokens: of the text.
        bank: what there is to misspell.
        is_word: whether a word that the bank lacks is a word all the same.
    """
    known = _vocabulary(bank)
    mended: list[Mended] = []
    words: list[str] = []
    for token in tokens:
        right = token
        if _may_be_typo(token, known) and not is_word(token):
            close = difflib.get_close_matches(token, known, n=1, cutoff=TYPO_LIKENESS)
            right = close[0] if close and close[0][0] == token[0] else token
        if right != token:
            mended.append(Mended(token, right))
        words.append(right)
    return tuple(words), tuple(mended)


def _may_be_typo(token: str, known: frozenset[str]) -> bool:
    return len(token) >= SHORTEST_TYPO and not any(one in known for one in singulars(token))


@cache
def _vocabulary(bank: Bank) -> frozenset[str]:
    words = {token for phrase in bank.entries for token in phrase} | bank.beside_words
    phrases = {token for phrase in NEGATIVE_PHRASES for token in phrase}
    return frozenset(words | phrases | NEGATIONS | set(COMPARISONS))


def items_of(tokens: Sequence[str], bank: Bank) -> list[Item]:
    """What `tokens` stand for, the longest phrases first."""
    return list(_items(tuple(tokens), bank))


def _items(tokens: Phrase, bank: Bank) -> Iterator[Item]:
    at = 0
    longest = max(bank.longest, *map(len, NEGATIVE_PHRASES))
    while at < len(tokens):
        for length in range(min(longest, len(tokens) - at), 0, -1):
            item = _item(tokens[at : at + length], bank)
            if item is not None:
                yield item
                at += length
                break
        else:
            yield Item(UNKNOWN, "", (tokens[at],))
            at += 1


def _item(words: Phrase, bank: Bank) -> Item | None:
    if words == (STOP,):
        return Item(STOP, "", words)
    if words in NEGATIVE_PHRASES or (len(words) == 1 and words[0] in NEGATIONS):
        return Item(NEGATION, "", words)
    if len(words) == 1 and words[0] in COMPARISONS:
        return Item(COMPARISON, "", words)
    for last in singulars(words[-1]):
        entry = bank.entries.get((*words[:-1], last))
        if entry is not None:
            return Item(*entry, words)
    return None
