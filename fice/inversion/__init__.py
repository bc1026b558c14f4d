"""The optimisation of W+: where it starts, how it moves, which step is kept."""

from __future__ import annotations

from .augment import RandomCrops
from .best import BestSteps, as_best, best_so_far
from .config import InversionConfig
from .loop import invert
from .recipe import PAPER, RECIPES, TUNED, LossWeights, Recipe
from .start import StartChoice, StartSearch, search_start

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
