"""The optimisation of W+: where it starts, how it moves, which step is kept."""

from __future__ import annotations

from fice.inversion.augment import RandomCrops
from fice.inversion.best import BestSteps, as_best, best_so_far
from fice.inversion.config import InversionConfig
from fice.inversion.loop import invert
from fice.inversion.recipe import PAPER, RECIPES, TUNED, LossWeights, Recipe
from fice.inversion.start import StartChoice, StartSearch, search_start

__all__ = [
    "PAPER",
    "RECIPES",
    "TUNED",
    "BestSteps",
    "InversionConfig",
    "LossWeights",
    "RandomCrops",
    "Recipe",
    "StartChoice",
    "StartSearch",
    "as_best",
    "best_so_far",
    "invert",
    "search_start",
]
