"""What a text says of a garment: descriptions, instructions, negations, tags."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from .bank import FILLER, GARMENT, KEPT, LOWER, Bank, Phrase
from .items import (
    COMPARISON,
    COMPARISONS,
    NEGATION,
    UNKNOWN,
    Item,
    Mended,
    is_never_a_word,
    items_of,
    mend_spelling,
)
from .tokens import STOP, tokens_of
from .weights import parse_weights

_VERBS = frozenset(("make", "add", "turn", "change", "give", "put", "set", "let", "keep"))
_EXCHANGES = frozenset(("change", "turn", "replace", "swap", "switch", "convert", "exchange"))
_ENDS_NEGATION = _VERBS | {"but", "with", "in", "wearing", "instead", "just", "only", "into", "to"}
_JOINS = frozenset(("and", "or"))
_WANTING = frozenset(("make", "add", "want", "wear", "put", "give", "set", "like", "need", "the"))
_REFERS_BACK = frozenset(("them", "it", "those", "these", "that", "ones", "one"))
_CUTS = frozenset(("cut", "take", "chop", "tear", "leave", "keep"))
_AWAY = frozenset(("off", "away", "out"))
GENERAL_NOUN = "top"
"""A noun that gives way to any other: "change her top to a hoodie"."""
_BESIDE_BACK, _BESIDE_AHEAD = 3, 4


@dataclass(frozen=True)
class Named:
    """A value that a text names.

    Attributes:
        value: its name in the bank.
        words: as the text says it.
        tint: colour of a pattern: "white" of "with white dots" and of "black and white striped".
    """

    value: str
    words: str
    tint: str = ""


@dataclass(frozen=True)
class Heard:
    """What a text says of a garment.

    Attributes:
        text: the text without marks of weight.
        named: values by attribute.
        implied: values that follow from those: a tank top is sleeveless.
        avoided: values that the text does not want, by attribute.
        moved: ordered attributes that should go up or down, and by how many values.
        lower: words about what is worn below.
        kept: words about what an edit never changes.
        unknown: words that the bank lacks, in order.
        mended: misspellings.
        weights: how much attributes count, where the text says so.
    """

    text: str
    named: Mapping[str, Named] = field(default_factory=dict[str, Named])
    implied: Mapping[str, str] = field(default_factory=dict[str, str])
    avoided: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    moved: Mapping[str, int] = field(default_factory=dict[str, int])
    lower: str = ""
    kept: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    mended: tuple[Mended, ...] = ()
    weights: Mapping[str, float] = field(default_factory=dict[str, float])

    @property
    def nothing(self) -> bool:
        """Whether the text says nothing about a garment, as far as the bank knows."""
        return not (self.named or self.avoided or self.moved or self.lower)


def hear(text: str, bank: Bank, is_word: Callable[[str], bool] = is_never_a_word) -> Heard:
    """What `text` says, by the words of `bank`; see `fice.words.items.mend_spelling`."""
    weighted = parse_weights(text)
    tokens, mended = mend_spelling(tokens_of(weighted.text), bank, is_word)
    hearing = _Hearing(items_of(tokens, bank), bank)
    hearing.listen()
    named = hearing.named
    implied: dict[str, str] = {}
    for attribute, one in named.items():
        means = bank.value(attribute, one.value).means
        implied |= {name: value for name, value in means.items() if name not in named}
    weights = {
        attribute: emphasis.weight
        for emphasis in weighted.emphases
        for attribute in _attributes_in(emphasis.words, bank)
    }
    return Heard(
        text=weighted.text,
        named=named,
        implied={name: value for name, value in implied.items() if name not in hearing.moved},
        avoided={name: tuple(values) for name, values in hearing.avoided.items()},
        moved=hearing.moved,
        lower=hearing.lower,
        kept=tuple(hearing.kept),
        unknown=tuple(dict.fromkeys(hearing.unknown)),
        mended=mended,
        weights=weights,
    )


def _attributes_in(words: str, bank: Bank) -> Iterator[str]:
    for item in items_of(tokens_of(words), bank):
        if item.kind in bank.attributes and item.value:
            yield item.kind


class _Hearing:
    """One pass over the items of a text, which are struck out as they are understood."""

    def __init__(self, items: Sequence[Item], bank: Bank) -> None:
        self.items: list[Item | None] = list(items)
        self.bank = bank
        self.named: dict[str, Named] = {}
        self.avoided: dict[str, list[str]] = {}
        self.moved: dict[str, int] = {}
        self.lower = ""
        self.kept: list[str] = []
        self.unknown: list[str] = []

    def listen(self) -> None:
        """Fills the attributes, one kind of construction after another."""
        self._strike_what_is_replaced()
        self._negate_cuts()
        self._claim(KEPT)
        self._claim(LOWER)
        self._read_besides()
        self._read_lengths()
        self._negate()
        self._name()
        for item in self.items:
            if item is not None and item.kind == UNKNOWN:
                self.unknown.append(item.said)

    def _present(self) -> Iterator[tuple[int, Item]]:
        for at, item in enumerate(self.items):
            if item is not None:
                yield at, item

    # "change the dots to stripes", "from red to blue": the first is what there is

    def _strike_what_is_replaced(self) -> None:
        for at, item in list(self._present()):
            verb = item.words[-1]
            if verb not in _EXCHANGES and verb != "from":
                continue
            end = self._end_of_clause(at)
            links = {"to", "into", "by", "for"} | ({"with"} if verb != "from" else set[str]())
            link = next(
                (k for k, one in self._between(at + 1, end) if set(one.words) & links), None
            )
            if link is None or not any(self._is_value(one) for _, one in self._between(link, end)):
                continue
            wanted = {one.kind for _, one in self._between(link, end) if self._is_value(one)}
            for k, one in list(self._between(at + 1, link)):
                if self._is_value(one) and (one.kind in wanted or one.kind != GARMENT):
                    self.items[k] = Item(FILLER, "", one.words)

    # "long blonde hair", "blue jeans": what stands before such a noun belongs to it

    def _claim(self, kind: str) -> None:
        for at, item in list(self._present()):
            if item.kind != kind:
                continue
            start = at
            while start > 0 and self._belongs(start - 1):
                start -= 1
            words = [one.said for _, one in self._between(start, at)]
            if kind == KEPT:
                self.kept.append(" ".join([*words, item.said]))
                self._claim_after(at)
            else:
                noun = item.value if item.said not in ("pants",) else item.said
                self.lower = " ".join([*words, noun])
            for k in range(start, at + 1):
                self.items[k] = None

    def _claim_after(self, at: int) -> None:
        """Of "hair red", where no noun follows that the colour may belong to."""
        item, noun = self._item(at + 1), self._item(at + 2)
        if item is None or not self._is_value(item) or item.kind == GARMENT:
            return
        if noun is None or noun.kind in (STOP, FILLER):
            self.kept.append(item.said)
            self.items[at + 1] = None

    def _belongs(self, at: int) -> bool:
        item = self.items[at]
        if item is None:
            return False
        return item.kind == UNKNOWN or (self._is_value(item) and item.kind != GARMENT)

    # "make the sleeves long", "a neckline that is round"

    def _read_besides(self) -> None:
        for at, word in list(self._present()):
            head = self._referred(at, word)
            attribute = self.bank.attributes.get(head.kind)
            if attribute is None or head.value:
                continue
            for k in self._near(at):
                step = self._step(k)
                if step and attribute.ordered:
                    self.moved[head.kind] = self.moved.get(head.kind, 0) + step
                    self.items[k] = None
                    break
                value, taken = self._beside(head.kind, k)
                if value:
                    said = " ".join([*taken, head.said])
                    self._set(head.kind, Named(value, said))
                    for used in range(k, k + len(taken)):
                        self.items[used] = None
                    self.items[at] = None
                    break

    def _referred(self, at: int, word: Item) -> Item:
        """The head that "ones" stands for; any other word for itself."""
        if word.words[-1] not in ("ones", "one"):
            return word
        before = [one for _, one in self._between(0, at) if one.kind in self.bank.attributes]
        return replace(before[-1], value="") if before else word

    def _step(self, at: int) -> int:
        item = self.items[at]
        return COMPARISONS[item.words[0]] if item is not None and item.kind == COMPARISON else 0

    def _near(self, at: int) -> Iterator[int]:
        """Places beside a head, the nearest first, within its clause."""
        for k in range(at - 1, max(-1, at - 1 - _BESIDE_BACK), -1):
            item = self.items[k]
            if item is None or item.kind in (STOP, NEGATION):
                break
            yield k
        for k in range(at + 1, min(len(self.items), at + 1 + _BESIDE_AHEAD)):
            item = self.items[k]
            if item is None or item.kind in (STOP, NEGATION):
                break
            yield k

    def _beside(self, attribute: str, at: int) -> tuple[str, Phrase]:
        """The value that the words at a place mean beside a word for `attribute`."""
        for length in (2, 1):
            items = self.items[at : at + length]
            words = tuple(w for one in items if one is not None for w in one.words)
            free = all(one is not None and one.kind in (UNKNOWN, FILLER) for one in items)
            if len(items) == length and free and len(words) == length:
                value = self.bank.beside(attribute, words)
                if value:
                    return value, words
        return "", ()

    def _read_lengths(self) -> None:
        """A "long" before a garment is said of its length."""
        if "length" not in self.bank.attributes:
            return
        for at, noun in list(self._present()):
            if noun.kind != GARMENT:
                continue
            for k in range(at - 1, max(-1, at - 1 - _BESIDE_BACK), -1):
                item = self.items[k]
                if item is None or not (item.kind == UNKNOWN or self._is_value(item)):
                    break
                value = self.bank.beside("length", item.words) if item.kind == UNKNOWN else ""
                if value:
                    self._set("length", Named(value, item.said))
                    self.items[k] = None

    # "no dots or stripes", "remove the collar"

    def _negate(self) -> None:
        for at, negation in list(self._present()):
            if negation.kind != NEGATION:
                continue
            self.items[at] = None
            following, before = self._item(at + 1), self._item(at - 1)
            if following is not None and following.words[-1] in _REFERS_BACK:
                self._without_last(at)
            elif before is not None and self._is_head(before) and self._ends(at + 1):
                self._without(before)
                self.items[at - 1] = None
            else:
                self._negate_from(at + 1)

    def _negate_from(self, start: int) -> None:
        """Takes away what is named from a place on, to the end of the thought."""
        last, joined = "", False
        for k, item in list(self._between(start, len(self.items))):
            word = item.words[-1]
            if k == start and word in _WANTING:
                continue
            if item.kind in (STOP, NEGATION) or word in _ENDS_NEGATION:
                return
            if word in _JOINS:
                joined = True
            elif item.kind in self.bank.attributes:
                if joined and last and item.kind != last:
                    return
                last, joined = item.kind, False
                self._without(item)
                self.items[k] = None

    def _negate_cuts(self) -> None:
        """Of "cut the sleeves off", "those stripes, take them away"."""
        for at, item in list(self._present()):
            if item.words[-1] not in _CUTS:
                continue
            end = self._end_of_clause(at)
            away = next((k for k, x in self._between(at + 1, end) if x.words[-1] in _AWAY), None)
            if away is None:
                continue
            between = [(k, x) for k, x in self._between(at + 1, away)]
            named = [(k, x) for k, x in between if x.kind in self.bank.attributes]
            for k, one in named:
                self._without(one)
                self.items[k] = None
            if not named and any(one.words[-1] in _REFERS_BACK for _, one in between):
                self._without_last(at)
            self.items[at] = self.items[away] = None

    def _without_last(self, at: int) -> None:
        """Takes away what was named last before a place."""
        for k in range(at - 1, -1, -1):
            item = self.items[k]
            if item is not None and item.kind in self.bank.attributes:
                self._without(item)
                self.items[k] = None
                return

    def _is_head(self, item: Item) -> bool:
        return item.kind in self.bank.attributes and not item.value

    def _ends(self, at: int) -> bool:
        item = self._item(at)
        return item is None or item.kind == STOP

    def _without(self, item: Item) -> None:
        attribute = self.bank.attributes[item.kind]
        patterned = attribute.without and item.value and attribute.name == "pattern"
        if not item.value or patterned:
            if attribute.without and item.value != attribute.without:
                self._set(item.kind, Named(attribute.without, f"no {item.said}"))
            return
        self.avoided.setdefault(item.kind, []).append(item.value)

    # all that is left

    def _name(self) -> None:
        values = [(at, item) for at, item in self._present() if self._is_value(item)]
        nouns = [at for at, item in values if item.kind == GARMENT]
        for at, item in values:
            if item.kind == "colour" and self._tints(at):
                continue
            if item.kind == GARMENT and self._describes_next_noun(at, nouns):
                continue
            general = item.kind == GARMENT and self._is_general(self.named.get(GARMENT))
            if item.kind not in self.named or general:
                tint = self._tint_before(at) if item.kind == "pattern" else ""
                self.named[item.kind] = Named(item.value, item.said, tint)
        for _, item in self._present():
            attribute = self.bank.attributes.get(item.kind)
            if attribute and attribute.ordered and not item.value and item.kind not in self.named:
                self.moved.setdefault(item.kind, 0)

    def _is_general(self, named: Named | None) -> bool:
        return named is not None and named.value == GENERAL_NOUN

    def _describes_next_noun(self, at: int, nouns: Sequence[int]) -> bool:
        """Whether a noun stands right before another: the last one is the garment."""
        return at + 1 in nouns

    def _tints(self, at: int) -> bool:
        """Whether the colour at a place is that of a pattern: "with white dots"."""
        following = self._item(at + 1)
        if following is None or following.kind != "pattern" or following.words[-1][-1] != "s":
            return False
        noun = self._item(at + 2)
        if noun is not None and noun.kind == GARMENT:
            return False
        before = self._item(at - 1)
        return before is not None and before.words[-1] in ("with", "and", "has", "in", "add")

    def _tint_before(self, at: int) -> str:
        if not at or not self._is_colour(at - 1):
            return ""
        joined = self._item(at - 2)
        second = joined is not None and joined.words == ("and",) and self._is_colour(at - 3)
        return self._said(at - 1) if second or self._tints(at - 1) else ""

    def _said(self, at: int) -> str:
        item = self._item(at)
        return "" if item is None else item.value or item.said

    def _is_colour(self, at: int) -> bool:
        item = self._item(at)
        return item is not None and item.kind == "colour" and bool(item.value)

    def _item(self, at: int) -> Item | None:
        return self.items[at] if 0 <= at < len(self.items) else None

    def _set(self, attribute: str, named: Named) -> None:
        self.named.setdefault(attribute, named)

    def _is_value(self, item: Item) -> bool:
        return item.kind in self.bank.attributes and bool(item.value)

    def _between(self, start: int, end: int) -> Iterator[tuple[int, Item]]:
        for at in range(start, end):
            item = self.items[at]
            if item is not None:
                yield at, item

    def _end_of_clause(self, start: int) -> int:
        for at, item in self._between(start, len(self.items)):
            if item.kind == STOP:
                return at
        return len(self.items)
