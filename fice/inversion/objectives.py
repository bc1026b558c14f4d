"""The objectives of a recipe: one to compare starts by, one for the steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ..base.types import Synthesizer
from ..guidance.crops import RandomCrops
from ..guidance.objective import objective
from ..guidance.source import Source
from ..guidance.terms import WeightedTerm
from ..guidance.wish import Wish
from .recipe import Recipe


def start_objective(
    recipe: Recipe, source: Source, wish: Wish, synthesizer: Synthesizer
) -> tuple[WeightedTerm, ...]:
    """What starts are compared by; constraints on W+ count in the steps only.

    Raises:
        FiceError: if nothing is left to aim at.
    """
    free = replace(wish, constraints=())
    return objective(recipe.start_weights, source, free, synthesizer, looks=recipe.looks)


def step_objective(
    recipe: Recipe, source: Source, wish: Wish, synthesizer: Synthesizer, seeds: Sequence[int]
) -> tuple[WeightedTerm, ...]:
    """What the steps lower.

    Args:
        recipe: the numbers.
        source: the photos.
        wish: what is asked for.
        synthesizer: the generator.
        seeds: of the views that CLIP sees, one per photo.

    Raises:
        FiceError: if nothing is left to aim at.
    """
    views = RandomCrops(recipe.crops, tuple(seeds)) if recipe.crops else None
    return objective(recipe.weights, source, wish, synthesizer, looks=recipe.looks, views=views)
