"""The parts of an objective: terms, their weights, and the candidate that they judge."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from types import MethodType
from typing import Any, Protocol

import torch
from torch import Tensor

from ..base.recompute import recomputed
from ..base.types import Perceptor, T, runs


class Candidate:
    """One proposal of the inversion: `ws` and the image synthesised from it.

    Terms that need the same perceptor share its output: it looks at a candidate once.
    """

    def __init__(
        self, ws: Tensor, image: Tensor, step: int = 0, *, recompute: bool = False
    ) -> None:
        """Takes `ws` `[B, num_ws, w_dim]` and `image` `[B, 3, H, W]`, both part of one graph.

        `step` counts the candidates of one run, so that a term with random views can repeat them.
        With `recompute` the graph keeps nothing of the networks that look at the image.
        """
        self.ws = ws
        self.image = image
        self.step = step
        self.recompute = recompute
        self._made: dict[tuple[Hashable, ...], tuple[tuple[object, ...], Any]] = {}

    def perceive(self, perceptor: Perceptor[T]) -> T:
        """What `perceptor` sees in this image, computed at most once."""
        return self.once((perceptor,), lambda: self.show(perceptor, self.image))

    def once(self, parts: tuple[object, ...], compute: Callable[[], T]) -> T:
        """What `compute` makes of `parts`, computed at most once for these very objects."""
        key = tuple(_identity(part) for part in parts)
        if key not in self._made:
            # The parts are kept beside the result so that their ids cannot be reused meanwhile.
            self._made[key] = (parts, compute())
        return self._made[key][1]

    def show(self, network: Callable[[Tensor], T], image: Tensor) -> T:
        """What `network` makes of `image`, a view of this candidate's, in the way of this graph."""
        return recomputed(network, image) if self.recompute else network(image)


def _identity(part: object) -> Hashable:
    """What tells `part` from other objects.

    Python makes a new object each time it is asked for a method, e.g. `clip.encode_image`; object
    and function behind it stay.
    """
    if isinstance(part, MethodType):
        return (id(part.__self__), id(part.__func__))
    return id(part)


class LossTerm(Protocol):
    """One term of the objective, already bound to its target."""

    @property
    def name(self) -> str:
        """Key of the term in reports, e.g. `clip`."""
        ...

    def __call__(self, candidate: Candidate) -> Tensor:
        """Loss of each image, `[B]`, zero at the target and never negative."""
        ...


@dataclass(frozen=True)
class WeightedTerm:
    """A term and its factor in the objective.

    Attributes:
        term: the term.
        weight: its factor.
        every: steps from one look of the inversion to the next. A term that is looked at in every
            n-th step counts n times there, and its last value is reported in between.
    """

    term: LossTerm
    weight: float
    every: int = 1


def codes_of(ws: Tensor, layers: Sequence[int]) -> Tensor:
    """The codes of ascending `layers`, `[B, len(layers), w_dim]`, of `ws` `[B, num_ws, w_dim]`."""
    return torch.cat([ws[:, run] for run in runs(layers)], dim=1)


def distinct_names(terms: Sequence[WeightedTerm]) -> list[str]:
    """The name of each term; the second of one name is `name 2`, and so on."""
    names: list[str] = []
    for one in terms:
        count = 1
        while (name := one.term.name if count == 1 else f"{one.term.name} {count}") in names:
            count += 1
        names.append(name)
    return names
