"""One inversion under the eyes of the host: deadline, Cancel, figures."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import torch
from torch import Tensor

from ..fice.inversion import BestSteps, Recipe, Start, invert, search_steps
from ..fice.objective import Source, Wish, keep_by, objective
from .guidance import step_terms
from .host import Cancel
from .regularize import Constraint
from .watched import Watched

T = TypeVar("T")


@dataclass(frozen=True)
class Inverted:
    """One edited image: the step that is kept, each loss over the steps, and figures."""

    kept: BestSteps
    curves: dict[str, list[float]]
    report: dict[str, Any]


def invert_image(
    synthesizer: Watched,
    source: Source,
    wish: Wish,
    recipe: Recipe,
    constraints: Sequence[Constraint],
    *,
    seed: int,
    cancel: Cancel,
    time_budget: float = 0.0,
) -> Inverted:
    """Searches a start and takes the steps of `recipe`, for one image.

    Args:
        synthesizer: the generator.
        source: the photo.
        wish: what is asked for.
        recipe: all numbers.
        constraints: wishes about W+.
        seed: of the search and of the views of CLIP.
        cancel: once it was pressed, a single step shows what was found so far.
        time_budget: seconds, 0 for no limit.
    """
    started = time.perf_counter()
    deadline = started + time_budget if time_budget else None
    terms = step_terms(recipe, source, wish, synthesizer, constraints, seed)
    start = Start(source.ws)
    if recipe.start.candidates and not cancel.pressed:
        liked = objective(recipe.start_weights, source, wish, synthesizer, recipe=recipe)
        tried = search_steps(synthesizer, start.ws, liked, recipe.start, seed)
        for choice in cancel.until(tried):
            start = Start(choice.ws, choice.drawn)
    kept: BestSteps | None = None
    curves: dict[str, list[Tensor]] = {}
    while kept is None:  # nothing is kept if Cancel comes in the first step
        config = replace(recipe.inversion, steps=1) if cancel.pressed else recipe.inversion
        steps = cancel.until(invert(synthesizer, start.ws, terms, config, start.drawn))
        for step, best in _within(keep_by(recipe, steps, source), deadline):
            kept = best
            for name, loss in step.losses.items():
                curves.setdefault(name, []).append(loss)
    report = {
        "seed": seed,
        "steps": len(next(iter(curves.values()))),
        "kept_step": int(kept.index),
        "losses": {name: round(float(loss), 6) for name, loss in kept.losses.items()},
        "cancelled": cancel.pressed,
        "seconds": round(time.perf_counter() - started, 3),
    }
    # Not in the loop: each look at a number would wait for the GPU.
    return Inverted(kept, {n: torch.cat(c).tolist() for n, c in curves.items()}, report)


def _within(steps: Iterator[T], deadline: float | None) -> Iterator[T]:
    """`steps` up to the one at which the time is over; there is always a first."""
    for step in steps:
        yield step
        if deadline is not None and time.perf_counter() >= deadline:
            return


def images_drawn(recipe: Recipe) -> int:
    """How often the generator is called for one image: what the progress bar counts."""
    search = recipe.start
    chunks = -(-search.candidates // search.chunk)
    tried = 1 + chunks * len(search.passes) if search.candidates else 0
    return tried + recipe.inversion.steps
