"""CLIP-guided inversion: Adam on W+ (FICE, section 3.2), ignorant of every model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ..base.layer_groups import LayerGroups
from ..base.shapes import check_shape
from ..base.types import Synthesizer
from ..guidance.terms import Candidate, WeightedTerm, distinct_names
from .config import InversionConfig
from .drawn_codes import DrawnCodes
from .finite import FiniteCheck
from .schedule import learning_rate_factor
from .step import InversionStep


def invert(
    synthesizer: Synthesizer,
    start_ws: Tensor,
    terms: Sequence[WeightedTerm],
    config: InversionConfig,
    drawn: DrawnCodes | None = None,
) -> Iterator[InversionStep]:
    """Moves `start_ws` down the weighted sum of `terms` and yields each W+ with its image.

    Progress, previews, interruption, time budgets and early stops are the caller's: it simply
    leaves its loop. The images of a batch do not influence each other.

    Args:
        synthesizer: the generator; its parameters get no gradient.
        start_ws: `[B, num_ws, w_dim]`, not changed.
        terms: bound to targets for B images, which must not be inference tensors.
        config: the numbers of the run.
        drawn: the z of those codes of `start_ws` that were drawn, for `config.z_learning_rate`.

    Yields:
        `config.steps` steps, the first at `start_ws` itself.

    Raises:
        ShapeError: if `start_ws` is not a W+ of this generator.
        DivergedError: if a loss or W+ is no longer finite. On a CPU the steps yielded before are
            valid; on a GPU those before the one that the error names, see `FiniteCheck`.
    """
    # Checked here and not in the generator, so that a mistake shows at the call.
    check_shape(start_ws, ("B", synthesizer.num_ws, synthesizer.w_dim), "start_ws")
    return _steps(synthesizer, start_ws, terms, config, drawn)


def _steps(
    synthesizer: Synthesizer,
    start_ws: Tensor,
    terms: Sequence[WeightedTerm],
    config: InversionConfig,
    drawn: DrawnCodes | None,
) -> Iterator[InversionStep]:
    # A host may run us in inference mode, whose tensors no graph can use. Each stretch between two
    # yields leaves that mode by itself: a context held across a yield would leak to the caller.
    with torch.inference_mode(False), torch.enable_grad():
        path = _Path(synthesizer, start_ws.clone(), config, drawn)
    named = list(zip(distinct_names(terms), terms, strict=True))
    known: dict[str, Tensor] = {}
    check = FiniteCheck()
    for index in range(config.steps):
        with torch.inference_mode(False), torch.enable_grad():
            ws = path.ws()
            image = synthesizer.synthesize(ws, recompute=config.recompute)
            candidate = Candidate(ws, image, index, recompute=config.recompute)
            last = index + 1 == config.steps
            due = [one for one in named if index % one[1].every == 0 or last]
            step, objective = _evaluate(candidate, due or named, known)
        known.update(step.losses)
        check.note(step, last=last)
        yield step
        if not last:
            with torch.inference_mode(False), torch.enable_grad():
                path.update(objective, learning_rate_factor(config.schedule, index, config.steps))


class _Path:
    """The W+ on its way: `start + scale · (offset + shared)` in the moving layers.

    Where z is known, it moves in Z. A shift that the layers share spans nothing that their own
    offsets do not: it only makes agreeing steps longer.
    """

    def __init__(
        self,
        synthesizer: Synthesizer,
        start: Tensor,
        config: InversionConfig,
        drawn: DrawnCodes | None,
    ) -> None:
        groups = LayerGroups.of(synthesizer, synthesizer.num_ws)
        moving = groups.indices(*config.moving)
        self._start = start.detach()
        self._moving = torch.tensor(moving, device=start.device)
        self._scale = synthesizer.w_std.to(start).clone() if config.whiten else 1.0
        self._offset = torch.zeros_like(start[:, : len(moving)]).requires_grad_(True)
        self._in_z = _InZ.of(synthesizer, groups, config, drawn)
        self._rates = [config.learning_rate]
        self._moved = [self._offset]
        self._shared: Tensor | None = None
        if config.shared_rate:
            self._shared = torch.zeros_like(start[:, :1]).requires_grad_(True)
            self._rates.append(config.learning_rate * config.shared_rate)
            self._moved.append(self._shared)
        if self._in_z:
            self._rates.append(config.z_learning_rate)
            self._moved.append(self._in_z.z)
        # foreach batches the update of many small tensors; there are three at most.
        self._adam = torch.optim.Adam(
            [{"params": [one]} for one in self._moved],
            betas=config.betas,
            eps=config.eps,
            foreach=False,
        )

    def ws(self) -> Tensor:
        offset = self._offset if self._shared is None else self._offset + self._shared
        ws = self._start.index_add(1, self._moving, offset * self._scale)
        return self._in_z.put_into(ws) if self._in_z else ws

    def update(self, objective: Tensor, rate_factor: float) -> None:
        gradients = torch.autograd.grad(objective, self._moved)
        for moved, gradient in zip(self._moved, gradients, strict=True):
            moved.grad = gradient
        for group, rate in zip(self._adam.param_groups, self._rates, strict=True):
            group["lr"] = rate * rate_factor
        self._adam.step()


@dataclass(frozen=True, eq=False)
class _InZ:
    """The codes that move in Z."""

    z: Tensor
    codes: DrawnCodes
    synthesizer: Synthesizer
    groups: LayerGroups

    @classmethod
    def of(
        cls,
        synthesizer: Synthesizer,
        groups: LayerGroups,
        config: InversionConfig,
        drawn: DrawnCodes | None,
    ) -> _InZ | None:
        if drawn is None or not config.z_learning_rate:
            return None
        codes = drawn.within(config.moving)
        return cls(codes.z.clone().requires_grad_(True), codes, synthesizer, groups)

    def put_into(self, ws: Tensor) -> Tensor:
        return self.codes.put_into(ws, self.z, self.synthesizer, self.groups)


def _evaluate(
    candidate: Candidate, due: Sequence[tuple[str, WeightedTerm]], known: Mapping[str, Tensor]
) -> tuple[InversionStep, Tensor]:
    """The step, in which terms that are not `due` keep their `known` loss, and what to lower."""
    fresh = {name: one.weight * one.term(candidate) for name, one in due}
    losses = {**known, **fresh}
    total = torch.stack(list(losses.values())).sum(0)
    # A term counts for the steps that leave it out, so that its share of the path stays the same.
    counted = [one.every * fresh[name] for name, one in due]
    step = InversionStep(
        index=candidate.step,
        ws=candidate.ws.detach(),
        image=candidate.image.detach(),
        losses={name: loss.detach() for name, loss in losses.items()},
        total=total.detach(),
    )
    # The sum, and not the mean, keeps each image's gradient free of the size of the batch.
    return step, torch.stack(counted).sum()
