"""What a column of the results means."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from .look import Look

Values: TypeAlias = list[float | None]
"""One number per edit; None where it does not apply."""

Better = Literal["higher", "lower", "neither"]


@dataclass(frozen=True)
class Metric:
    """A number of an edit.

    Attributes:
        title: for the heads of tables.
        better: which direction is an improvement.
        meaning: what it is, in a sentence or two.
    """

    title: str
    better: Better
    meaning: str


@dataclass(frozen=True)
class Measure:
    """Several metrics that are computed together.

    Attributes:
        metrics: by the name of their column.
        measure: computes those that the judges at hand allow, one list per column.
    """

    metrics: Mapping[str, Metric]
    measure: Callable[[Look], Mapping[str, Values]]
