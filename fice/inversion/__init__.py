"""The optimisation of W+: where it starts, how it moves, which step is kept."""

from __future__ import annotations

from .augment import RandomCrops
from .best import BestSteps, as_best, best_so_far, joined
from .config import InversionConfig
from .keeping import keep
from .loop import invert
from .plateau import Plateau
from .pose_drift import PoseGuard, part_overlap
from .recipe import FAST, PAPER, RECIPES, TUNED, LossWeights, Recipe
from .start import StartChoice, StartSearch, search_start, search_steps

__all__ = [
    "FAST",
    "PAPER",
    "RECIPES",
    "TUNED",
    "BestSteps",
    "InversionConfig",
    "LossWeights",
    "Plateau",
    "PoseGuard",
    "RandomCrops",
    "Recipe",
    "StartChoice",
    "StartSearch",
    "as_best",
    "best_so_far",
    "invert",
    "joined",
    "keep",
    "part_overlap",
    "search_start",
    "search_steps",
]
