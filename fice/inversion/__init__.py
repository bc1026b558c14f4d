"""The optimisation of W+: where it starts, how it moves, which step is kept."""

from __future__ import annotations

from .augment import RandomCrops
from .best import BestSteps, as_best, best_so_far, joined
from .config import InversionConfig
from .drawn_codes import DrawnCodes, concatenated
from .keeping import keep
from .loop import invert
from .plateau import Plateau
from .pose_drift import PoseGuard, part_overlap
from .recipe import FAST, PAPER, RECIPES, TUNED, LossWeights, Recipe
from .start import Start, StartChoice, StartSearch, search_start, search_steps

__all__ = [
    "FAST",
    "PAPER",
    "RECIPES",
    "TUNED",
    "BestSteps",
    "DrawnCodes",
    "InversionConfig",
    "LossWeights",
    "Plateau",
    "PoseGuard",
    "RandomCrops",
    "Recipe",
    "Start",
    "StartChoice",
    "StartSearch",
    "as_best",
    "best_so_far",
    "concatenated",
    "invert",
    "joined",
    "keep",
    "part_overlap",
    "search_start",
    "search_steps",
]
