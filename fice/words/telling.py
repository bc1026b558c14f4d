"""What was understood of a text, for the artist, in a line."""

from __future__ import annotations

from collections.abc import Mapping

from .completing import Completed


def tell(said: Completed) -> str:
    """One line: what the text names, what stays, what was said otherwise, what does not count.

    Examples:
        >>> from fice.words import WeightedText
        >>> named, kept = {"colour": "crimson"}, {"pattern": "plain"}
        >>> text = WeightedText("a person wearing a plain red top")
        >>> tell(Completed(text, named, kept, {}, (), {"crimson": "red"}, ("asdf",), ()))
        'Understood: crimson. As on the photo: plain. Said as: crimson = red. Left out: asdf.'
    """
    parts = {
        "Understood": _listed(said.named),
        "Besides": _listed(said.added),
        "As on the photo": _listed(said.kept),
        "Said as": ", ".join(f"{typed} = {words}" for typed, words in said.instead.items()),
        "Left out": ", ".join(said.left_out),
    }
    return " ".join(f"{what}: {words}." for what, words in parts.items() if words)


def _listed(values: Mapping[str, str]) -> str:
    return ", ".join(values.values())
