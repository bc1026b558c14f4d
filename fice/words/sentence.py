"""A sentence that says what a person wears, one attribute after another."""

from __future__ import annotations

from collections.abc import Mapping

from .bank import GARMENT, LOWER

WHO = "a person wearing"
NOUN = "top"
ORDER = ("pattern", "colour", "material", "fit", "length", "sleeve", "neckline")
"""Before the noun, as people put them; attributes of somebody's own table come first."""


def say(parts: Mapping[str, str], after: Mapping[str, str] | None = None) -> str:
    """The sentence for the words of each attribute, in any order.

    Args:
        parts: words before the noun, `garment` the noun itself.
        after: words that follow the noun: "a collar", "white dots".

    Examples:
        >>> say({"sleeve": "long sleeve", "colour": "red"}, {"neckline": "a collar"})
        'a person wearing a red long sleeve top with a collar'
    """
    own = [name for name in parts if name not in (*ORDER, GARMENT, LOWER)]
    words = [parts[name] for name in (*own, *ORDER) if parts.get(name)]
    phrase = " ".join([*words, parts.get(GARMENT) or NOUN])
    article = "an" if phrase[0] in "aeiou" else "a"
    tails = [text for text in (after or {}).values() if text]
    tail = f" with {' and '.join(tails)}" if tails else ""
    lower = f" and {parts[LOWER]}" if parts.get(LOWER) else ""
    return f"{WHO} {article} {phrase}{tail}{lower}"
