"""Which of several scores wins, whatever a processor rounds them to."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from typing import overload

from torch import Tensor

# The same score differs by 2e-6 of itself at most between batches of one and of four, and between
# one thread and two (84 starts of six demo edits, float32). Less than this is a tie.
TIE = 1e-4


@overload
def bar(score: Tensor) -> Tensor: ...
@overload
def bar(score: float) -> float: ...
def bar(score: Tensor | float) -> Tensor | float:
    """What another score must be below to be smaller than `score` by more than rounding."""
    return score - TIE * abs(score)


def largest_first(scores: Sequence[float]) -> list[int]:
    """The numbers of `scores` from the largest to the smallest, of ties the first."""
    left, order = list(range(len(scores))), list[int]()
    while (found := first_least([-scores[index] for index in left])) is not None:
        order.append(left.pop(found))
    return order


def first_least(scores: Sequence[float], bound: float = float("inf")) -> int | None:
    """The number of the smallest of `scores`, of ties the first; None if none is below `bound`.

    Goes through them as a search would that sees one after another: a score wins if it is smaller
    than the winner so far, at first `bound`, by more than rounding. NaN never wins.
    """
    found: int | None = None
    for index, score in enumerate(scores):
        if score < (bar(bound) if isfinite(bound) else bound):
            found, bound = index, score
    return found
