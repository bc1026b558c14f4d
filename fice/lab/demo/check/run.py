"""Runs all checks and collects their figures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

import torch

from ....demo.world.dataset import HELD_OUT_SEED
from ....inversion import RECIPES
from ....networks.perceptors.clip import OpenClip
from ....pipeline.models import ModelSet, load_models
from ..data import FigureData
from ..judges import Judges, load_judges
from ..zero_shot import zero_shot
from .edits import judge_edits, summarise
from .generation import fidelity, inversion_figures, known_ws, sampling_distance, synthesize
from .perception import chart_figures, reader_accuracy, region_iou

Figures = dict[str, object]


@dataclass(frozen=True)
class CheckSizes:
    """How much is measured.

    Attributes:
        figures: held-out figures that perceptors and generator are measured on.
        sampling: pictures that samples from z are compared by.
        inversions: of the figures, figures that are inverted with refinement.
        refinement_steps: of each inversion.
        edits: cases that are edited, 0 = none.
        batch: edits that run together.
        recipe: name of the recipe.
    """

    figures: int = 1024
    sampling: int = 2048
    inversions: int = 64
    refinement_steps: int = 100
    edits: int = 200
    batch: int = 8
    recipe: str = "tuned"


def run_check(sizes: CheckSizes, on_progress: Callable[[str], None]) -> Figures:
    """Measures everything and returns it as a JSON object.

    Args:
        sizes: how much.
        on_progress: told in a few words what was finished.
    """
    models, judges = load_models("demo"), load_judges()
    clip = cast(OpenClip, models.clip)
    held_out = FigureData.render(HELD_OUT_SEED, sizes.figures)
    renders = held_out.images(torch.arange(sizes.figures))
    on_progress(f"rendered {sizes.figures} held-out figures")
    samples = synthesize(
        models.generator, known_ws(models.generator, judges.basis, held_out.factors)
    )
    figures: Figures = {"generator": fidelity(samples, renders)}
    on_progress("drew the same figures with the generator")
    for name, images in (("renders", renders), ("samples", samples)):
        figures[f"clip_{name}"] = zero_shot(clip, held_out, images)
        figures[f"regions_{name}"] = region_iou(models.segmenter, images, held_out)
        figures[f"chart_{name}"] = chart_figures(models.chart, images, held_out)
        figures[f"judge_chart_{name}"] = chart_figures(judges.chart, images, held_out)
        figures[f"judge_reader_{name}"] = reader_accuracy(judges.reader, images, held_out)
        on_progress(f"measured the perceptors on {name}")
    figures["sampling"] = _sampling(models, judges, sizes.sampling)
    on_progress(f"compared {sizes.sampling} samples with renders")
    figures["inversion"] = inversion_figures(
        models.generator, models.encoder, held_out, sizes.inversions, sizes.refinement_steps
    )
    on_progress(f"inverted {sizes.inversions} figures")
    if sizes.edits:
        figures[f"edits_{sizes.recipe}"] = _edits(sizes, on_progress)
    return figures


def _sampling(models: ModelSet, judges: Judges, count: int) -> Figures:
    figures = FigureData.render(HELD_OUT_SEED, count)
    known = synthesize(models.generator, known_ws(models.generator, judges.basis, figures.factors))
    renders = figures.images(torch.arange(count))
    return {**sampling_distance(models.generator, judges.clip, known, renders)}


def _edits(sizes: CheckSizes, on_progress: Callable[[str], None]) -> Figures:
    models, judges = load_models("demo"), load_judges()
    recipe = RECIPES[sizes.recipe]
    verdicts = [
        verdict
        for verdict, _, _ in judge_edits(models, judges, recipe, range(sizes.edits), sizes.batch)
    ]
    on_progress(f"judged {sizes.edits} edits")
    return summarise(verdicts)
