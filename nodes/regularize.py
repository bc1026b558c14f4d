"""W+ Regularize: keeps latent codes where the generator draws well."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from comfy_api.latest import io
from torch import Tensor

from ..fice.errors import PairingError
from ..fice.losses import StartPriorTerm, WDeltaTerm, WPriorTerm
from ..fice.types import Candidate, LossTerm, Synthesizer, WeightedTerm
from .wires import ConstraintsWire

W_DELTA = "w_delta"
MEAN_DISTANCE = "distance to mean"
TRUNCATION = "truncation pull"
START_DISTANCE = "distance to start"
MODES = (W_DELTA, MEAN_DISTANCE, TRUNCATION, START_DISTANCE)
MODE_OF_WEIGHT = {"w_delta": W_DELTA, "w_prior": MEAN_DISTANCE}
"""Which mode a weight of `fice.inversion.LossWeights` is that the inversion node does not have."""

LAST_LAYER = -1
MAX_LAYER = 63


@dataclass(frozen=True)
class Constraint:
    """One wish about W+, not yet bound to a generator.

    Attributes:
        mode: one of `MODES`.
        weight: factor in the objective.
        first_layer: first layer that counts.
        last_layer: last layer that counts, `LAST_LAYER` for the generator's last.
    """

    mode: str
    weight: float
    first_layer: int = 0
    last_layer: int = LAST_LAYER


class RegularizeWPlus(io.ComfyNode):
    """Adds a constraint on W+ to those that came in."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """What the host shows of the node."""
        return io.Schema(
            node_id="FICEWPlusRegularize",
            display_name="W+ Regularize",
            category="FICE/stages",
            description="Keeps the latent codes where the generator draws well. Chain several to "
            "combine them.",
            search_aliases=["latent regularisation", "w delta", "truncation", "fice"],
            inputs=[
                io.Combo.Input(
                    "mode",
                    options=list(MODES),
                    default=W_DELTA,
                    tooltip="w_delta: all layers agree with the first (FICE). distance to mean: "
                    "stay usual, measured in standard deviations of each direction. truncation "
                    "pull: straight to the mean figure, all directions alike. distance to start: "
                    "stay near the codes of the photo.",
                ),
                io.Float.Input(
                    "weight",
                    default=1.0,
                    min=0.0,
                    max=1000.0,
                    step=0.01,
                    tooltip="How much it counts against the other terms; FICE takes 1 for w_delta.",
                ),
                io.Int.Input(
                    "first_layer",
                    default=0,
                    min=0,
                    max=MAX_LAYER,
                    tooltip="First layer that counts; coarse layers (pose) come first.",
                    advanced=True,
                ),
                io.Int.Input(
                    "last_layer",
                    default=LAST_LAYER,
                    min=LAST_LAYER,
                    max=MAX_LAYER,
                    tooltip="Last layer that counts; -1 is the last of the generator.",
                    advanced=True,
                ),
                ConstraintsWire.Input(
                    "constraints",
                    optional=True,
                    tooltip="Constraints of another W+ Regularize; this one is added to them.",
                ),
            ],
            outputs=[
                ConstraintsWire.Output(
                    "constraints_out",
                    display_name="constraints",
                    tooltip="For CLIP-Guided Inversion, or another W+ Regularize.",
                )
            ],
        )

    @classmethod
    def execute(
        cls,
        mode: str,
        weight: float,
        first_layer: int,
        last_layer: int,
        constraints: tuple[Constraint, ...] = (),
    ) -> io.NodeOutput:
        """Appends; nothing is computed before the inversion."""
        return io.NodeOutput((*constraints, Constraint(mode, weight, first_layer, last_layer)))


def constraint_terms(
    constraints: Sequence[Constraint], synthesizer: Synthesizer, start_ws: Tensor
) -> list[WeightedTerm]:
    """The constraints as terms for W+ of `synthesizer`, each under a name of its own.

    Args:
        constraints: in the order they were chained.
        synthesizer: the generator.
        start_ws: the W+ of the photo, `[B, num_ws, w_dim]`.

    Raises:
        PairingError: if a constraint names layers that the generator does not have.
    """
    modes = [constraint.mode for constraint in constraints]
    terms: list[WeightedTerm] = []
    for index, constraint in enumerate(constraints):
        earlier = modes[:index].count(constraint.mode)
        name = constraint.mode if not earlier else f"{constraint.mode} {earlier + 1}"
        term = _term(constraint, synthesizer, start_ws, name)
        terms.append(WeightedTerm(term, constraint.weight))
    return terms


def _term(
    constraint: Constraint, synthesizer: Synthesizer, start_ws: Tensor, name: str
) -> LossTerm:
    counted = _layers(constraint, synthesizer.num_ws)
    layers = None if len(counted) == synthesizer.num_ws else counted
    w_avg, w_std = synthesizer.w_avg, synthesizer.w_std
    if constraint.mode == MEAN_DISTANCE:
        return WPriorTerm(w_avg, w_std, layers, name)
    if constraint.mode == TRUNCATION:
        return WPriorTerm(w_avg, torch.full_like(w_std, float(w_std.mean())), layers, name)
    if constraint.mode == START_DISTANCE:
        return StartPriorTerm(start_ws, w_std, layers, name)
    if layers is None:
        return WDeltaTerm(name)
    # The distance is to layer 0, also where only some layers count.
    return _OnLayers(WDeltaTerm(name), (0, *(layer for layer in layers if layer)))


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
        ws = candidate.ws[:, list(self.layers)]
        return self.term(Candidate(ws, candidate.image, candidate.step))


def _layers(constraint: Constraint, num_ws: int) -> range:
    last = num_ws - 1 if constraint.last_layer == LAST_LAYER else constraint.last_layer
    fewest = 1 if constraint.mode == W_DELTA else 0  # layer 0 alone cannot disagree with itself
    if not max(constraint.first_layer, fewest) <= last < num_ws:
        raise PairingError(
            f"W+ Regularize names the layers {constraint.first_layer} to {last}, but this "
            f"generator has the layers 0 to {num_ws - 1}; the last must not come before the first."
        )
    return range(constraint.first_layer, last + 1)
