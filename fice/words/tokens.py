"""A text as words and stops."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

STOP = "|"
"""Stands for punctuation that ends a thought."""

# Words, stops, and pictures of the planes and blocks where hearts, dots and clothes stand.
_PARTS = re.compile(
    r"[^\W_]+(?:['’][^\W_]+)?|[,;.!?:/&+|\n]|[\u2600-\u27bf\u2b1b\u2b1c\U0001f300-\U0001faff]"
)
_STOPS = ",;.!?:/&+|\n"
_APOSTROPHES = re.compile(r"['’]")


def tokens_of(text: str) -> tuple[str, ...]:
    """Lower-case words of `text`; hyphens separate, other punctuation becomes `STOP`.

    Examples:
        >>> tokens_of("Yellow V-neck, no dots!")
        ('yellow', 'v', 'neck', '|', 'no', 'dots')
    """
    found = list(_parts(unicodedata.normalize("NFKC", text).lower()))
    while found and found[-1] == STOP:
        found.pop()
    return tuple(found)


def _parts(text: str) -> Iterator[str]:
    for part in _PARTS.findall(text):
        yield STOP if part in _STOPS else _APOSTROPHES.sub("", part)


def singulars(word: str) -> Iterator[str]:
    """`word`, and what it may be the plural of."""
    yield word
    if word.endswith("ies"):
        yield f"{word[:-3]}y"
    if word.endswith("es"):
        yield word[:-2]
    if word.endswith("s"):
        yield word[:-1]
