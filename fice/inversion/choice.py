"""Which step of a run is returned, and when the run is over."""

from __future__ import annotations

from collections.abc import Iterator

from ..guidance.source import Source
from .best import BestSteps, as_best, best_so_far, chosen_where
from .device_queue import look_every
from .plateau import Plateau
from .pose_drift import PoseGuard
from .recipe import Recipe
from .step import InversionStep


def choose_steps(
    steps: Iterator[InversionStep],
    *,
    best: bool,
    plateau: Plateau | None = None,
    pose: PoseGuard | None = None,
) -> Iterator[tuple[InversionStep, BestSteps]]:
    """Goes along a run and yields each step with what would be returned if it ended there.

    Args:
        steps: the run, see `invert`.
        best: keep the step with the smallest total instead of the last.
        plateau: ends the run when it is reached.
        pose: steps that lost the pose are not kept, but for the first one; the run ends when all
            images have lost it.

    Steps that are not finite are not kept either; on a GPU, some may come before `steps` ends.
    """
    kept: BestSteps | None = None
    for count, step in enumerate(steps, start=1):
        every = look_every(step.total.device)
        newer = best_so_far(kept, step) if best else as_best(step)
        holds = None if pose is None else pose.holds(step)
        sound = step.total.isfinite() if every > 1 else None
        for fine in (holds, sound):
            newer = newer if kept is None or fine is None else chosen_where(fine, newer, kept)
        kept = newer
        yield step, kept
        lost = holds is not None and count % every == 0 and not bool(holds.any())
        if lost or (plateau is not None and plateau.reached_by(step)):
            return


def choose_by(
    recipe: Recipe, steps: Iterator[InversionStep], source: Source
) -> Iterator[tuple[InversionStep, BestSteps]]:
    """`choose_steps` by the rules of a recipe; without a body chart there is no pose to hold."""
    chart, least = source.chart, recipe.least_pose_overlap
    return choose_steps(
        steps,
        best=recipe.keep_best,
        plateau=Plateau(recipe.patience) if recipe.patience else None,
        pose=PoseGuard(chart, least) if least and chart else None,
    )
