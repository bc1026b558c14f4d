"""CLIP-guided inversion: Adam on W+ (FICE, section 3.2), ignorant of every model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import torch
from torch import Tensor

from ..layer_groups import GROUP_NAMES, LayerGroups
from ..shapes import check_shape
from ..types import Candidate, InversionStep, Synthesizer, WeightedTerm
from .config import InversionConfig
from .finite import FiniteCheck
from .schedule import learning_rate_factor


def invert(
    synthesizer: Synthesizer,
    start_ws: Tensor,
    terms: Sequence[WeightedTerm],
    config: InversionConfig,
) -> Iterator[InversionStep]:
    """Moves `start_ws` down the weighted sum of `terms` and yields each W+ with its image.

    Progress, previews, interruption, time budgets and early stops are the caller's: it simply
    leaves its loop. The images of a batch do not influence each other.

    Args:
        synthesizer: the generator; its parameters get no gradient.
        start_ws: `[B, num_ws, w_dim]`, not changed.
        terms: bound to targets for B images, which must not be inference tensors.
        config: the numbers of the run.

    Yields:
        `config.steps` steps, the first at `start_ws` itself.

    Raises:
        ShapeError: if `start_ws` is not a W+ of this generator.
        DivergedError: if a loss or W+ is no longer finite. On a CPU the steps yielded before are
            valid; on a GPU those before the one that the error names, see `FiniteCheck`.
    """
    # Checked here and not in the generator, so that a mistake shows at the call.
    check_shape(start_ws, ("B", synthesizer.num_ws, synthesizer.w_dim), "start_ws")
    return _steps(synthesizer, start_ws, terms, config)


def _steps(
    synthesizer: Synthesizer,
    start_ws: Tensor,
    terms: Sequence[WeightedTerm],
    config: InversionConfig,
) -> Iterator[InversionStep]:
    # A host may run us in inference mode, whose tensors no graph can use. Each stretch between two
    # yields leaves that mode by itself: a context held across a yield would leak to the caller.
    with torch.inference_mode(False), torch.enable_grad():
        path = _Path(synthesizer, start_ws.clone(), config)
    known: dict[str, Tensor] = {}
    check = FiniteCheck()
    for index in range(config.steps):
        with torch.inference_mode(False), torch.enable_grad():
            ws = path.ws()
            image = synthesizer.synthesize(ws, recompute=config.recompute)
            candidate = Candidate(ws, image, index, recompute=config.recompute)
            due = [w for w in terms if index % w.every == 0 or index + 1 == config.steps]
            step, objective = _evaluate(candidate, due or terms, known)
        known.update(step.losses)
        check.note(step, last=index + 1 == config.steps)
        yield step
        if index + 1 < config.steps:
            with torch.inference_mode(False), torch.enable_grad():
                path.update(objective, learning_rate_factor(config.schedule, index, config.steps))


class _Path:
    """The W+ on its way: `start + scale · offset` in the moving layers.

    The layers of a tied group share one row of the offset, so Adam sees their summed gradient.
    """

    def __init__(self, synthesizer: Synthesizer, start: Tensor, config: InversionConfig) -> None:
        groups = LayerGroups.of(synthesizer, synthesizer.num_ws)
        moving = groups.indices(*config.moving)
        self._start = start.detach()
        self._moving = torch.tensor(moving, device=start.device)
        rows = _offset_rows(groups, config)
        self._rows = torch.tensor(rows, device=start.device)
        self._scale = synthesizer.w_std.to(start).clone() if config.whiten else 1.0
        self._offset = torch.zeros_like(start[:, : max(rows) + 1]).requires_grad_(True)
        self._learning_rate = config.learning_rate
        # foreach batches the update of many small tensors; there is only one.
        self._adam = torch.optim.Adam(
            [self._offset], config.learning_rate, config.betas, config.eps, foreach=False
        )

    def ws(self) -> Tensor:
        offset = (self._offset * self._scale)[:, self._rows]
        return self._start.index_add(1, self._moving, offset)

    def update(self, objective: Tensor, rate_factor: float) -> None:
        (self._offset.grad,) = torch.autograd.grad(objective, [self._offset])
        for group in self._adam.param_groups:
            group["lr"] = self._learning_rate * rate_factor
        self._adam.step()


def _offset_rows(groups: LayerGroups, config: InversionConfig) -> list[int]:
    """The row of the offset that each moving layer follows, in the order of the layers."""
    rows: list[int] = []
    for name in GROUP_NAMES:
        if name not in config.moving:
            continue
        first = max(rows, default=-1) + 1
        layers = range(len(groups.indices(name)))
        rows.extend([first for _ in layers] if name in config.tied else [first + n for n in layers])
    return rows


def _evaluate(
    candidate: Candidate, due: Sequence[WeightedTerm], known: Mapping[str, Tensor]
) -> tuple[InversionStep, Tensor]:
    """The step, in which terms that are not `due` keep their `known` loss, and what to lower."""
    fresh = {one.term.name: one.weight * one.term(candidate) for one in due}
    losses = {**known, **fresh}
    total = torch.stack(list(losses.values())).sum(0)
    # A term counts for the steps that leave it out, so that its share of the path stays the same.
    counted = [one.every * fresh[one.term.name] for one in due]
    step = InversionStep(
        index=candidate.step,
        ws=candidate.ws.detach(),
        image=candidate.image.detach(),
        losses={name: loss.detach() for name, loss in losses.items()},
        total=total.detach(),
    )
    # The sum, and not the mean, keeps each image's gradient free of the size of the batch.
    return step, torch.stack(counted).sum()
