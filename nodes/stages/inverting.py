"""The library's inversion under the eyes of the host: progress, Cancel, figures."""

from __future__ import annotations

import time
from dataclasses import dataclass
from itertools import count
from typing import Any, cast

from ...fice.base.types import Synthesizer
from ...fice.guidance.source import Source
from ...fice.inversion import Recipe
from ...fice.pipeline.invert import (
    Inverted,
    Limits,
    Onlooker,
    clip_guided_inversion,
    left_alone,
)
from ...fice.pipeline.wording import Understood
from ...fice.reports.figures import word_figures
from ..host.progress import Cancel
from ..host.told import showing
from ..host.watched import Watched
from .source import LinkedWish


@dataclass(frozen=True)
class Edited:
    """One edited image, and figures of its run."""

    run: Inverted
    report: dict[str, Any]

    @property
    def curves(self) -> dict[str, list[float]]:
        """Each loss over the steps."""
        return {name: loss[:, 0].tolist() for name, loss in self.run.losses.items()}


def invert_image(
    synthesizer: Watched,
    source: Source,
    asked: LinkedWish,
    recipe: Recipe,
    *,
    seed: int,
    cancel: Cancel,
    time_budget: float = 0.0,
) -> Edited:
    """The library's stage for one image.

    Args:
        synthesizer: the generator.
        source: the photo.
        asked: what is asked for.
        recipe: all numbers.
        seed: of the search and of the views of CLIP.
        cancel: once it was pressed, a single drawing shows what was found so far.
        time_budget: seconds, 0 for no limit.
    """
    started = time.perf_counter()
    understood = asked.of(source)
    run = clip_guided_inversion(
        source,
        understood.wish,
        synthesizer,
        recipe,
        (seed,),
        onlooker=_onlooker(recipe, cancel),
        limits=Limits(seconds=time_budget),
    )
    report = {
        "seed": seed,
        "steps": run.steps,
        "kept_step": int(run.chosen.index),
        "losses": {name: round(float(loss), 6) for name, loss in run.chosen.losses.items()},
        "cancelled": cancel.pressed,
        **_words(understood, run),
        "seconds": round(time.perf_counter() - started, 3),
    }
    return Edited(run, report)


def _onlooker(recipe: Recipe, cancel: Cancel) -> Onlooker:
    """Names search and steps on the node, and counts them."""
    looks, steps = recipe.start.looks, recipe.inversion.steps
    trying, stepping = showing("Trying garments"), showing("Step")
    tried = count(1)
    return Onlooker(
        on_search=lambda: trying(next(tried), looks),
        on_step=lambda step: stepping(step.index + 1, steps),
        until=cancel.until,
    )


def _words(understood: Understood, run: Inverted) -> dict[str, Any]:
    """What was understood, and how well the generated picture listened; of one image."""
    generated = run.chosen.image.clamp(0.0, 1.0)
    figures = word_figures(understood.said, understood.gauges(generated))
    lists = {name: cast("list[Any]", values) for name, values in figures.items()}
    own = {name: values[0] for name, values in lists.items() if values}
    return {**own, **understood.left_out()}


def rest(synthesizer: Synthesizer, source: Source, *, seed: int) -> Edited:
    """A photo that shows nobody, and so costs no step."""
    report = {"seed": seed, "steps": 0, "kept_step": 0, "losses": {}, "cancelled": False}
    return Edited(left_alone(source.ws, synthesizer), {**report, "seconds": 0.0})


def images_drawn(recipe: Recipe) -> int:
    """How often the generator is called for one image: what the progress bar counts."""
    return recipe.start.looks + recipe.inversion.steps
