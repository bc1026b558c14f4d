"""The optimisation of W+: where it starts, how it moves, which step is kept."""

from __future__ import annotations

from .best import BestSteps, as_best, best_so_far, joined
from .choice import choose_by, choose_steps
from .config import InversionConfig
from .drawn_codes import DrawnCodes, concatenated
from .finite import require_finite
from .loop import invert
from .objectives import start_objective, step_objective
from .plateau import Plateau
from .pose_drift import PoseGuard, part_overlap
from .recipe import FAST, PAPER, RECIPES, TUNED, Recipe
from .start import Start, StartChoice, StartSearch, search_start, search_steps
from .step import InversionStep

__all__ = [
    "FAST",
    "PAPER",
    "RECIPES",
    "TUNED",
    "BestSteps",
    "DrawnCodes",
    "InversionConfig",
    "InversionStep",
    "Plateau",
    "PoseGuard",
    "Recipe",
    "Start",
    "StartChoice",
    "StartSearch",
    "as_best",
    "best_so_far",
    "choose_by",
    "choose_steps",
    "concatenated",
    "invert",
    "joined",
    "part_overlap",
    "require_finite",
    "search_start",
    "search_steps",
    "start_objective",
    "step_objective",
]
