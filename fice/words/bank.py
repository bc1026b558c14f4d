"""The attributes of a garment and the words that people have for them, from a small table."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from types import MappingProxyType

from ..base.errors import TextError
from ..base.files import StrPath
from ..base.layer_groups import GROUP_NAMES, GroupName
from .tokens import tokens_of

BUILT_IN = Path(__file__).with_name("bank.csv")
COLUMNS = ("attribute", "value", "like", "place", "words", "beside", "means")
PLACES = ("before", "after", "noun")

GARMENT, LOWER = "garment", "lower"
KEPT, FILLER = "kept", "filler"
"""Rows without values: what an edit never changes, and words that say nothing of a garment."""

Phrase = tuple[str, ...]


@dataclass(frozen=True)
class Value:
    """Something that an attribute can be.

    Attributes:
        attribute: of what.
        name: how a sentence says it.
        like: a simpler value of the same attribute, for a CLIP that does not know `name`; empty for
            the simplest.
        place: where in the sentence, `before` or `after` the noun, or as the `noun` itself.
        spellings: other ways to say it.
        beside: words that mean it beside a word for the attribute: "long" beside "sleeves".
        means: what else it says, unless the text says otherwise: a tank top is sleeveless.
        read: whether photos are read for it; all of the simplest are.
    """

    attribute: str
    name: str
    like: str = ""
    place: str = "before"
    spellings: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    means: Mapping[str, str] = field(default_factory=dict[str, str])
    read: bool = True


@dataclass(frozen=True)
class Attribute:
    """One thing that can be said of a garment.

    Attributes:
        name: what it is called.
        heads: words for it: "sleeves".
        values: what it can be; if ordered, those that are read ascend.
        layers: the group of a generator's layers that holds it.
        without: the value that "no sleeves" means; empty if it means none.
        ordered: whether "longer" and "shorter" go from one of these to the next.
    """

    name: str
    heads: tuple[str, ...]
    values: Mapping[str, Value]
    layers: GroupName
    without: str = ""
    ordered: bool = False

    @property
    def read(self) -> tuple[str, ...]:
        """Names of the values that photos are read for."""
        return tuple(name for name, value in self.values.items() if value.read)


@dataclass(frozen=True, eq=False)
class Bank:
    """All attributes, and what each phrase stands for.

    Attributes:
        attributes: by name, in the order in which a sentence says them.
        entries: what a phrase of tokens stands for: `(attribute, value)`; an attribute's own word
            has an empty value, and `KEPT` and `FILLER` stand for themselves.
    """

    attributes: Mapping[str, Attribute]
    entries: Mapping[Phrase, tuple[str, str]]

    @property
    def longest(self) -> int:
        """Tokens of the longest phrase."""
        return max(map(len, self.entries))

    @cached_property
    def beside_words(self) -> frozenset[str]:
        """Words that mean something beside a word for an attribute, and little alone."""
        values = (one for each in self.attributes.values() for one in each.values.values())
        return frozenset(
            token for one in values for word in one.beside for token in tokens_of(word)
        )

    def value(self, attribute: str, name: str) -> Value:
        """A value by its name."""
        return self.attributes[attribute].values[name]

    def sayable(self, attribute: str, name: str, knows: Callable[[str], bool]) -> str:
        """A value by the word for it that `knows` knows, or by a simpler one's; empty if none."""
        values = self.attributes[attribute].values
        while name and not knows(name):
            name = values[name].like
        return name

    def simplest(self, attribute: str, name: str) -> str:
        """The simplest value that a value is like."""
        values = self.attributes[attribute].values
        while values[name].like:
            name = values[name].like
        return name

    def beside(self, attribute: str, words: Phrase) -> str:
        """The value that `words` mean beside a word for `attribute`; empty if none."""
        for value in self.attributes[attribute].values.values():
            if any(tokens_of(one) == words for one in value.beside):
                return value.name
        return ""


@cache
def load_bank(path: StrPath = BUILT_IN) -> Bank:
    """Reads a table of words, CSV in UTF-8 with the columns `COLUMNS` (docs/words.md).

    Raises:
        TextError: if the table cannot be read, naming its first wrong row.
    """
    try:
        text = Path(path).read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise TextError(f"The table of words {path} cannot be read: {error}.") from error
    rows = csv.DictReader(io.StringIO(text))
    if tuple(rows.fieldnames or ()) != COLUMNS:
        raise TextError(
            f"The table of words {path} has the columns {rows.fieldnames}, expected {COLUMNS}."
        )
    table = [{name: (row[name] or "").strip() for name in COLUMNS} for row in rows]
    return _bank(table, str(path))


def _bank(table: list[dict[str, str]], source: str) -> Bank:
    heads = {row["attribute"]: row for row in table if not row["value"]}
    names = {(row["attribute"], row["value"]) for row in table}
    attributes: dict[str, Attribute] = {}
    entries: dict[Phrase, tuple[str, str]] = {}
    for number, row in enumerate(table, 2):
        problem = _problem(row, heads, names)
        if problem:
            raise TextError(f"Row {number} of the table of words {source}: {problem}")
    for name, head in heads.items():
        values = [_value(row) for row in table if row["attribute"] == name and row["value"]]
        _enter(entries, name, "", _split(head["words"]))
        for value in values:
            _enter(entries, name, value.name, (value.name, *value.spellings))
        if name not in (KEPT, FILLER):
            attributes[name] = _attribute(head, values)
    return Bank(MappingProxyType(attributes), MappingProxyType(entries))


def _problem(
    row: Mapping[str, str],
    heads: Mapping[str, Mapping[str, str]],
    names: Collection[tuple[str, str]],
) -> str:
    """What is wrong with a row, in a sentence; empty if nothing is."""
    name, value = row["attribute"], row["value"]
    if name not in heads:
        return f"{name!r} has values, but no row without one, which says what the attribute is."
    if value and row["place"] not in PLACES:
        return f"the place is {row['place']!r}, expected one of {', '.join(PLACES)}."
    if row["like"] and (name, row["like"]) not in names:
        return f"it is like {row['like']!r}, which is no value of {name}."
    layers = _pairs(row["means"]).get("layers", "")
    if not value and name not in (KEPT, FILLER) and layers not in GROUP_NAMES:
        return f"means names the layers {layers!r}, expected one of {', '.join(GROUP_NAMES)}."
    return ""


def _attribute(head: Mapping[str, str], values: Iterable[Value]) -> Attribute:
    means = _pairs(head["means"])
    layers: GroupName = next(one for one in GROUP_NAMES if one == means["layers"])
    return Attribute(
        name=head["attribute"],
        heads=_split(head["words"]),
        values=MappingProxyType({value.name: value for value in values}),
        layers=layers,
        without=means.get("without", ""),
        ordered=means.get("ordered") == "yes",
    )


def _value(row: Mapping[str, str]) -> Value:
    means = _pairs(row["means"])
    read = means.pop("read", "" if row["like"] else "yes") == "yes"
    return Value(
        attribute=row["attribute"],
        name=row["value"],
        like=row["like"],
        place=row["place"],
        spellings=_split(row["words"]),
        beside=_split(row["beside"]),
        means=MappingProxyType(means),
        read=read,
    )


def _enter(
    entries: dict[Phrase, tuple[str, str]], attribute: str, value: str, words: Iterable[str]
) -> None:
    """Notes what phrases stand for; the first row that has a phrase keeps it."""
    for phrase in map(tokens_of, words):
        if phrase:
            entries.setdefault(phrase, (attribute, value))


def _split(cell: str) -> tuple[str, ...]:
    return tuple(one.strip() for one in cell.split(";") if one.strip())


def _pairs(cell: str) -> dict[str, str]:
    found = (one.partition("=") for one in _split(cell))
    return {key.strip(): value.strip() for key, _, value in found}
