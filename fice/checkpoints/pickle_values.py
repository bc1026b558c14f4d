"""What a pickle machine makes of the classes, functions and objects that a pickle names."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol, TypeVar, cast, runtime_checkable

from ..base.errors import CheckpointError
from .budget import ENTRY_BYTES, Budget

T = TypeVar("T")

SLOTS_PARTS = 2  # of the state of an object with slots: its attributes and its slots
MAX_NAME_LENGTH = 300  # of a tensor; the longest known has 80


@dataclass(frozen=True)
class Global:
    """The name of a class or function: nothing but the name."""

    module: str
    name: str

    def __str__(self) -> str:
        return f"{self.module}.{self.name}"[:80]


@dataclass
class PickledObject:
    """An instance of a class that we do not have: its name and what it held.

    Attributes:
        kind: the class.
        state: its attributes.
    """

    kind: Global
    state: dict[object, object] = field(default_factory=dict[object, object])

    def build(self, state: object, budget: Budget) -> object:
        """Takes over attributes; an object may also keep its state in slots, `(dict, dict)`."""
        parts = cast("tuple[object, ...]", state) if isinstance(state, tuple) else (state,)
        for part in parts[:SLOTS_PARTS]:
            if part is not None:
                found = expect(part, dict)
                budget.spend(len(found) * ENTRY_BYTES)
                self.state.update(found)
        return self


@runtime_checkable
class Buildable(Protocol):
    """A value that a pickle completes after creating it."""

    def build(self, state: object, budget: Budget) -> object:
        """The completed value."""
        ...


def expect(value: object, kind: type[T]) -> T:
    """Returns `value` if it is a `kind`.

    Raises:
        CheckpointError: if the file holds something else where a `kind` belongs.
    """
    if not isinstance(value, kind):
        found, wanted = type(value).__name__, kind.__name__
        raise CheckpointError(f"The file is damaged: it has a {found} where a {wanted} belongs.")
    return value


def expect_name(value: object) -> str:
    """Returns `value` if it can be the name of a tensor; networks in a circle make long ones.

    Raises:
        CheckpointError: if it is no string, too long, or not printable.
    """
    name = expect(value, str)
    if len(name) > MAX_NAME_LENGTH or not name.isprintable():
        raise CheckpointError(f"The file has a tensor with an impossible name ({name[:40]!r}...).")
    return name


def expect_ints(value: object) -> tuple[int, ...]:
    """Returns `value` if it is a tuple or list of integers."""
    items = value if isinstance(value, tuple) else expect(value, list)
    return tuple(expect(item, int) for item in items)
