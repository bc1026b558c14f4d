"""One number of a recipe at several values: where text match and fidelity balance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Sweep:
    """Methods that differ in one number.

    Attributes:
        field: the number.
        values: in ascending order.
        methods: of each value.
    """

    field: str
    values: tuple[float, ...]
    methods: tuple[str, ...]


FEWEST_VALUES = 3


def find_sweeps(methods: Sequence[str]) -> list[Sweep]:
    """The sweeps among `methods`: at least three values of the same number of the same recipe."""
    found: dict[tuple[str, str], list[tuple[float, str]]] = {}
    for name in methods:
        base, _, change = name.partition("@")
        field, equals, text = change.partition("=")
        value = _number(text)
        if equals and value is not None:
            found.setdefault((base, field), []).append((value, name))
    sweeps: list[Sweep] = []
    for (_, field), points in found.items():
        points.sort()
        if len(points) >= FEWEST_VALUES:
            values, names = zip(*points, strict=True)
            sweeps.append(Sweep(field, values, names))
    return sweeps


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
