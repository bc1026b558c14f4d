"""Wishes about W+: terms that keep latent codes where the generator draws well."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from torch import Tensor

from ..base.errors import PairingError
from ..base.types import Synthesizer
from .losses import StartPriorTerm, WDeltaTerm, WPriorTerm
from .terms import Candidate, LossTerm, WeightedTerm, codes_of

LAST_LAYER = -1

ConstraintMode = Literal["w_delta", "distance to mean", "truncation pull", "distance to start"]


@dataclass(frozen=True)
class Constraint:
    """One wish about W+, not yet bound to a generator.

    Attributes:
        mode: `w_delta` lets all layers agree with the first (FICE); `distance to mean` counts in
            standard deviations of each direction, `truncation pull` counts all directions alike;
            `distance to start` keeps near the codes of the photo.
        weight: factor in the objective.
        first_layer: first layer that counts.
        last_layer: last layer that counts, `LAST_LAYER` for the generator's last.
    """

    mode: ConstraintMode
    weight: float
    first_layer: int = 0
    last_layer: int = LAST_LAYER

    def layers(self, num_ws: int) -> range:
        """The layers that count, of `num_ws`.

        Raises:
            PairingError: if the generator does not have them.
        """
        last = num_ws - 1 if self.last_layer == LAST_LAYER else self.last_layer
        fewest = 1 if self.mode == "w_delta" else 0  # layer 0 alone cannot disagree with itself
        if not max(self.first_layer, fewest) <= last < num_ws:
            raise PairingError(
                f"W+ Regularize names the layers {self.first_layer} to {last}, but this generator "
                f"has the layers 0 to {num_ws - 1}; the last must not come before the first."
            )
        return range(self.first_layer, last + 1)


def bind_constraints(
    constraints: Sequence[Constraint], synthesizer: Synthesizer, start_ws: Tensor
) -> list[WeightedTerm]:
    """The constraints as terms for W+ of `synthesizer`.

    Args:
        constraints: in the order they are reported.
        synthesizer: the generator.
        start_ws: the W+ of the photo, `[B, num_ws, w_dim]`.

    Raises:
        PairingError: if a constraint names layers that the generator does not have.
    """
    return [WeightedTerm(_term(one, synthesizer, start_ws), one.weight) for one in constraints]


def _term(constraint: Constraint, synthesizer: Synthesizer, start_ws: Tensor) -> LossTerm:
    mode, counted = constraint.mode, constraint.layers(synthesizer.num_ws)
    layers = None if len(counted) == synthesizer.num_ws else counted
    w_avg, w_std = synthesizer.w_avg, synthesizer.w_std
    if mode == "distance to mean":
        return WPriorTerm(w_avg, w_std, layers, mode)
    if mode == "truncation pull":
        return WPriorTerm(w_avg, w_std.mean().expand_as(w_std), layers, mode)
    if mode == "distance to start":
        return StartPriorTerm(start_ws, w_std, layers, mode)
    if layers is None:
        return WDeltaTerm(mode)
    # The distance is to layer 0, also where only some layers count.
    return _OnLayers(WDeltaTerm(mode), (0, *(layer for layer in layers if layer)))


@dataclass(frozen=True)
class _OnLayers:
    """A term on latent codes that looks at some layers only."""

    term: LossTerm
    layers: tuple[int, ...]

    @property
    def name(self) -> str:
        """Key in reports."""
        return self.term.name

    def __call__(self, candidate: Candidate) -> Tensor:
        """Loss `[B]`."""
        ws = codes_of(candidate.ws, self.layers)
        return self.term(Candidate(ws, candidate.image, candidate.step))
