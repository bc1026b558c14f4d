"""How well an edit listened: what the text names, what stayed, what nobody asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .bank import Bank
from .reading import Reading


@dataclass(frozen=True)
class Gauge:
    """A CLIP's reading of a photo before and after an edit, held against the text.

    Attributes:
        named: attributes that the text names, and whether they came out.
        kept: attributes that it does not name, and whether they read as before.
        invented: those of them that read as neither before nor, for a pattern, plain.
        before: what is read off the photo.
        after: what is read off the result.
    """

    named: Mapping[str, bool]
    kept: Mapping[str, bool]
    invented: tuple[str, ...]
    before: Mapping[str, str]
    after: Mapping[str, str]

    @property
    def named_share(self) -> float | None:
        """Share of the named attributes that came out; None if none can be read."""
        return _share(self.named)

    @property
    def kept_share(self) -> float | None:
        """Share of the others that read as before; None if there is none."""
        return _share(self.kept)


def gauge(named: Mapping[str, str], before: Reading, after: Reading, bank: Bank) -> Gauge:
    """Holds two readings against the values `named`, by attribute.

    A value that photos are not read for counts as the simplest that it is like: crimson as red.
    """
    wanted = {
        name: _readable(bank, name, value, before)
        for name, value in named.items()
        if name in before.values
    }
    others = [name for name in before.values if name not in named]
    kept = {name: after.values[name] == before.values[name] for name in others}
    invented = tuple(
        name for name, same in kept.items() if not same and after.values[name] != "plain"
    )
    came_out = {name: after.values[name] == value for name, value in wanted.items() if value}
    return Gauge(came_out, kept, invented, dict(before.values), dict(after.values))


def _readable(bank: Bank, name: str, value: str, reading: Reading) -> str:
    """The value of those that were asked for that `value` is, or is like; empty if none."""
    asked = reading.asked.get(name, ())
    while value and value not in asked:
        value = bank.value(name, value).like
    return value


def _share(outcomes: Mapping[str, bool]) -> float | None:
    return sum(outcomes.values()) / len(outcomes) if outcomes else None
