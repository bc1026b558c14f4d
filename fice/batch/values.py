"""The values of a batch: rows as they were given, edits with names, and what became of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias


@dataclass(frozen=True)
class Row:
    """One edit as it was asked for.

    Attributes:
        number: its place in the table, from 1.
        photo: where the photo is: a path, or a URL.
        named: the photo as the table or folder names it, which does not change with the place that
            the command is called from.
        text: what the person should wear.
        mask: where the mask is; empty without one.
        seed: of all randomness.
        negative: what it should not be; empty for nothing.
        name: what the picture shall be called, without a suffix; empty = a name is made.
        identity: what changes when the photo does, if that is known already.
    """

    number: int
    photo: str
    named: str
    text: str
    mask: str = ""
    seed: int = 0
    negative: str = ""
    name: str = ""
    identity: str = ""


@dataclass(frozen=True)
class Edit:
    """A row that can be done.

    Attributes:
        row: what was asked for.
        key: tells it from every other edit, and from the same row of another photo or settings.
        file: name of its picture in the folder of pictures.
    """

    row: Row
    key: str
    file: str


@dataclass(frozen=True)
class Unit:
    """One photo with all its edits: it is read, framed and looked at once."""

    photo: str
    edits: tuple[Edit, ...]

    def only(self, keys: Iterable[str]) -> Unit:
        """Those of its edits that have one of `keys`."""
        wanted = set(keys)
        return Unit(self.photo, tuple(one for one in self.edits if one.key in wanted))


@dataclass(frozen=True)
class Edited:
    """An edit that came out.

    Attributes:
        key: of the edit.
        picture: content of its file.
        report: figures, ready for JSON.
        suffix: of the file, if it is not that of the plan.
        tries: how often it was begun.
    """

    key: str
    picture: bytes = field(repr=False)
    report: Mapping[str, object] = field(repr=False)
    suffix: str = ""
    tries: int = 1


@dataclass(frozen=True)
class Failed:
    """An edit that did not come out.

    Attributes:
        key: of the edit.
        reason: a sentence.
        may_pass: whether trying again may help.
        tries: how often it was begun.
    """

    key: str
    reason: str
    may_pass: bool = False
    tries: int = 1


Outcome: TypeAlias = Edited | Failed
Work: TypeAlias = Callable[[Unit], Iterator[Outcome]]
"""Does a unit: one outcome for each of its edits."""
