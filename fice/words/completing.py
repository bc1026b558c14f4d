"""A wish made whole: what the text leaves open is added in words, as on the photo. Ours.

FICE hands the text to CLIP as it is, and what it does not name comes out as it may. Here the CLIP
that guides the edit first reads the photo, and the sentence that is aimed at says all of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias, get_args

from ..base.layer_groups import GROUP_NAMES, GroupName
from .bank import GARMENT, LOWER, Bank
from .hearing import Heard, Named
from .reading import Reading
from .sentence import say
from .weights import Emphasis, WeightedText

Completion: TypeAlias = Literal["photo", "plain", "free"]
"""What becomes of that which a text leaves open: as on the `photo`; the same, but `plain` without a
pattern; or `free`, as FICE does it: the text is taken as it is."""

COMPLETIONS: tuple[Completion, ...] = get_args(Completion)

SURE = 0.5
"""Probability from which on a reading is put into words: a wrong one would be asked for."""


@dataclass(frozen=True)
class Completed:
    """A text with what it leaves open.

    Attributes:
        wish: the sentence that is aimed at.
        named: what the text names, value by attribute.
        kept: what is added as it is on the photo.
        added: what is added though it is not on the photo.
        avoided: a sentence for each thing that the text does not want.
        instead: what is said for words that the CLIP does not know.
        left_out: words of the text that do not count.
        groups: the layer groups that hold what the text names; empty if that is not known.
    """

    wish: WeightedText
    named: Mapping[str, str]
    kept: Mapping[str, str]
    added: Mapping[str, str]
    avoided: tuple[str, ...]
    instead: Mapping[str, str]
    left_out: tuple[str, ...]
    groups: tuple[GroupName, ...]


def complete(
    heard: Heard,
    reading: Reading,
    bank: Bank,
    how: Completion,
    knows: Callable[[str], bool],
    of: Mapping[str, str] | None = None,
) -> Completed:
    """Says in one sentence what a text names and what it leaves open.

    Args:
        heard: what the text says.
        reading: what the guide sees in the photo.
        bank: the attributes.
        how: `photo` or `plain`.
        knows: whether the guide has words for a phrase.
        of: attributes that words unknown to the bank are about, see `about`.
    """
    wanted = _wanted(heard, reading, bank)
    unsayable = {n: one for n, one in wanted.items() if not bank.sayable(n, one.value, knows)}
    wanted = {n: one for n, one in wanted.items() if n not in unsayable}
    open_ = [
        name
        for name in reading.values
        if name not in wanted and name not in (of or {}).values() and name != LOWER
    ]
    added: dict[str, str] = {}
    kept: dict[str, str] = {}
    for name in open_:
        value = reading.values[name]
        if name == "pattern" and how == "plain" and "plain" in bank.attributes[name].values:
            (kept if value == "plain" else added)[name] = "plain"
        elif reading.confidence[name] >= SURE and value not in heard.avoided.get(name, ()):
            kept[name] = value
    writer = _Writer(heard, bank, knows, [one.words for one in unsayable.values()])
    said = {name: Named(value, value) for name, value in {**kept, **added}.items()} | wanted
    if "pattern" in kept and "colour" in said:
        said["pattern"] = replace(said["pattern"], tint=_tint(reading, said["colour"], bank))
    sentence = writer.write(said)
    return Completed(
        wish=sentence,
        named={name: one.value for name, one in wanted.items()},
        kept=kept,
        added=added,
        avoided=writer.avoided(),
        instead=writer.instead,
        left_out=tuple(writer.left_out),
        groups=_groups(
            heard,
            {*wanted, *heard.avoided, *added},
            _is_other_garment(wanted.get(GARMENT), reading, bank),
            bank,
            writer.kept_words,
        ),
    )


def _wanted(heard: Heard, reading: Reading, bank: Bank) -> dict[str, Named]:
    """What the text names, with "longer" and "no collar" worked out from the photo."""
    wanted = {name: Named(value, value) for name, value in heard.implied.items()}
    wanted |= heard.named
    for name, step in heard.moved.items():
        if name in wanted:
            continue
        values = bank.attributes[name].read
        seen = reading.values.get(name, values[0])
        at = values.index(seen)
        # "with sleeves" on a sleeveless top: any will do, so the longest, which nobody overlooks.
        to = at + step if step else (len(values) - 1 if at == 0 else at)
        value = values[min(max(to, 0), len(values) - 1)]
        wanted[name] = Named(value, value)
    for name, values in heard.avoided.items():
        if name in wanted:
            continue
        fallback = bank.attributes[name].without
        if fallback and reading.values.get(name) in values and fallback not in values:
            wanted[name] = Named(fallback, fallback)
        elif name == GARMENT and reading.values.get(name) in values:
            other = next((v for v in bank.attributes[name].read if v not in values), "")
            wanted[name] = Named(other, other)
    return wanted


def _tint(reading: Reading, colour: Named, bank: Bank) -> str:
    """The second colour of a pattern that stays, unless all of it is to be of that colour."""
    return "" if reading.tint == bank.simplest("colour", colour.value) else reading.tint


def _groups(
    heard: Heard, names: set[str], other_garment: bool, bank: Bank, more_words: Sequence[str]
) -> tuple[GroupName, ...]:
    """Where the layers are that hold what is asked for; empty where words say more than we know."""
    if more_words or heard.lower:
        return ()
    # "A red shirt" on a red top is no reason to change the cut; a dress would be.
    if not other_garment and names > {GARMENT}:
        names -= {GARMENT}
    found = {bank.attributes[name].layers for name in names}
    return tuple(name for name in GROUP_NAMES if name in found)


def _is_other_garment(named: Named | None, reading: Reading, bank: Bank) -> bool:
    """Whether the text names another kind of garment than the photo shows, as far as is known."""
    seen = reading.values.get(GARMENT)
    if named is None or seen is None:
        return named is not None
    return bank.simplest(GARMENT, named.value) != bank.simplest(GARMENT, seen)


class _Writer:
    """Finds words that the guide knows."""

    def __init__(
        self, heard: Heard, bank: Bank, knows: Callable[[str], bool], left_out: Sequence[str]
    ) -> None:
        self.heard, self.bank, self.knows = heard, bank, knows
        self.instead: dict[str, str] = {}
        self.left_out: list[str] = [*heard.kept, *left_out]
        self.kept_words: list[str] = []
        for word in heard.unknown:
            (self.kept_words if knows(word) else self.left_out).append(word)

    def write(self, parts: Mapping[str, Named]) -> WeightedText:
        before: dict[str, str] = {}
        after: dict[str, str] = {}
        joined: dict[str, str] = {}
        for name, one in parts.items():
            words = self._say(name, one)
            if one.tint and self.knows(f"{one.tint} {one.words}"):
                if one.words.endswith("s"):
                    after[name] = f"{one.tint} {one.words}"
                else:
                    joined[name] = f"and {one.tint} {one.words}"
            elif self.bank.value(name, one.value).place == "after" and name != LOWER:
                after[name] = f"a {words}"
            else:
                before[name] = words
        for name, words in joined.items():
            # "Black and white striped" is one phrase, in the place of the pattern.
            before[name] = f"{before.pop('colour', '')} {words}".strip().removeprefix("and ")
        emphases = [
            Emphasis((before | after)[name], weight)
            for name, weight in self.heard.weights.items()
            if name in before or name in after
        ]
        if self.heard.lower:
            before[LOWER] = self._lower()
        if self.kept_words:
            before = {"": " ".join(self.kept_words), **before}
        return WeightedText(say(before, after), tuple(emphases))

    def avoided(self) -> tuple[str, ...]:
        sentences: list[str] = []
        for name, values in self.heard.avoided.items():
            for value in values:
                words = self.bank.sayable(name, value, self.knows)
                if words and name not in self.heard.named:
                    place = self.bank.value(name, words).place
                    after = {name: f"a {words}"} if place == "after" else None
                    sentences.append(say({} if after else {name: words}, after))
        return tuple(sentences)

    def _say(self, name: str, one: Named) -> str:
        words = self.bank.sayable(name, one.value, self.knows)
        if words != one.value:
            self.instead[one.value] = words
        return words

    def _lower(self) -> str:
        words = [word for word in self.heard.lower.split() if self.knows(word)]
        return f"{'a ' if words and words[-1] == 'skirt' else ''}{' '.join(words)}"
