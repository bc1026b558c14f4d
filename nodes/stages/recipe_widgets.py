"""The widgets that show a recipe: one table, read in both directions.

CLIP-Guided Inversion shows the recipe's name only; each number is a widget of Inversion Settings.
Before there was that node the inversion had the numbers itself: they are still inputs of it, but
hidden, so that what was saved or queued then means the same now.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import reduce
from types import MappingProxyType
from typing import Any

from comfy_api.latest import io

from ...fice.base.errors import FiceError
from ...fice.base.layer_groups import GROUP_NAMES
from ...fice.inversion import RECIPES, TUNED, Recipe
from .inversion_inputs import MAX_STEPS

MAX_WEIGHT = 1000.0
ALL_LOCKED = "All three layer groups are locked, so nothing could change; unlock one."
WEIGHT = {"min": 0.0, "max": MAX_WEIGHT, "step": 0.1}
AS_RECIPE = "as the recipe says"
UNSET = -1
"""What a number of Inversion Settings shows where the recipe decides."""
SWITCH = {"yes": True, "no": False}
LOCKS = {
    "pose": "pose and framing (coarse layers)",
    "shape": "the cut of the garment (middle layers)",
    "texture": "colour and pattern (fine layers)",
}


@dataclass(frozen=True)
class RecipeWidget:
    """A widget for one number of a recipe.

    Attributes:
        name: of the input.
        path: of the number in the recipe: `inversion.steps`.
        tooltip: for the artist.
        options: bounds and steps, as the host takes them.
        choices: what a choice means, by what it shows; empty for numbers and switches.
    """

    name: str
    path: str
    tooltip: str
    options: Mapping[str, Any] = field(default_factory=dict)
    choices: Mapping[str, object] = field(default_factory=dict)

    def shown(self, recipe: Recipe) -> Any:  # noqa: ANN401 - whatever the widget holds
        """What the widget shows of `recipe`."""
        value = reduce(getattr, self.path.split("."), recipe)
        if not self.choices:
            return value
        return next(shown for shown, meant in self.choices.items() if meant == value)

    def put(self, recipe: Recipe, shown: Any) -> Recipe:  # noqa: ANN401
        """`recipe` with what the widget shows."""
        part, _, name = self.path.rpartition(".")
        value = {name: self.choices[shown] if self.choices else shown}
        if not part:
            return replace(recipe, **value)
        return replace(recipe, **{part: replace(getattr(recipe, part), **value)})

    @property
    def label(self) -> str:
        """What the artist reads."""
        return self.name.replace("_", " ")

    def hidden_input(self) -> io.Input:
        """The input that CLIP-Guided Inversion had before Inversion Settings came."""
        default = self.shown(TUNED)
        options = {"default": default, "tooltip": self.tooltip, **self.options, **HIDDEN}
        options |= {"display_name": self.label}
        options.pop("advanced", None)  # the frontend would offer to show what it then hides
        if self.choices:
            return io.Combo.Input(self.name, options=list(self.choices), **options)
        kinds = {bool: io.Boolean, int: io.Int, float: io.Float}
        return kinds[type(default)].Input(self.name, **options)

    def setting_input(self) -> io.Input:
        """The input of Inversion Settings, which may leave the number to the recipe."""
        default = self.shown(TUNED)
        options = {"display_name": self.label, **self.options}
        options.pop("optional", None)
        options["advanced"] = self.name not in FIRST_SETTINGS
        if self.choices or isinstance(default, bool):
            choices = [AS_RECIPE, *(self.choices or SWITCH)]
            return io.Combo.Input(
                self.name, options=choices, default=AS_RECIPE, tooltip=self.tooltip, **options
            )
        options |= {"min": UNSET, "default": UNSET, "tooltip": f"{self.tooltip} {LEFT_TO_RECIPE}"}
        kinds = {int: io.Int, float: io.Float}
        return kinds[type(default)].Input(self.name, **options)

    def chosen(self, shown: Any) -> Any:  # noqa: ANN401
        """What the input of Inversion Settings asks for, as the hidden input shows it; or None."""
        if shown in (AS_RECIPE, UNSET):
            return None
        return SWITCH[shown] if isinstance(self.shown(TUNED), bool) else shown


HIDDEN = {"extra_dict": {"hidden": True}}
"""Of inputs that only saved workflows still use: the frontend keeps them, and shows none."""
LEFT_TO_RECIPE = "-1: as the recipe says."
FIRST_SETTINGS = (
    *("steps", "learning_rate", "clip_weight", "image_weight"),
    *("body_shape_weight", "head_shape_weight", "start_candidates"),
)
"""Shown at once, the others among the advanced ones."""
ADVANCED = {"advanced": True}
LATER = {"advanced": True, "optional": True}
"""Of widgets that came after the first workflows were saved: optional, so that those still run."""

LOCK_NAMES = tuple(f"lock_{name}" for name in LOCKS)

WIDGETS: Mapping[str, RecipeWidget] = MappingProxyType(
    {
        one.name: one
        for one in (
            RecipeWidget(
                "steps",
                "inversion.steps",
                "Gradient steps; FICE takes 501.",
                {"min": 1, "max": MAX_STEPS},
            ),
            RecipeWidget(
                "learning_rate",
                "inversion.learning_rate",
                "How far a step goes; FICE takes 0.05. Lower it if the figure falls apart.",
                {"min": 0.0001, "max": 1.0, "step": 0.001, "round": 0.0001},
            ),
            RecipeWidget("clip_weight", "weights.clip", "How much the text counts.", WEIGHT),
            RecipeWidget(
                "image_weight",
                "weights.image",
                "How much the pixels outside the garment count; needs regions.",
                WEIGHT,
            ),
            RecipeWidget(
                "body_shape_weight",
                "weights.body_shape",
                "How much pose and figure count; needs pose.",
                WEIGHT,
            ),
            RecipeWidget(
                "head_shape_weight",
                "weights.head_shape",
                "How much the outline of the head counts; needs regions.",
                WEIGHT,
            ),
            RecipeWidget(
                "start_candidates",
                "start.candidates",
                "Random garments that are tried first; the best is the start. 0 is FICE's way.",
                {"min": 0, "max": 4096, **ADVANCED},
            ),
            RecipeWidget(
                "clip_views",
                "crops",
                "Random crops that CLIP sees in each step; 0 shows all of the picture (FICE).",
                {"min": 0, "max": 64, **ADVANCED},
            ),
            RecipeWidget(
                "schedule",
                "inversion.schedule",
                "How the learning rate changes over the steps.",
                ADVANCED,
                {"warm-up and cosine": "warmup_cosine", "constant (FICE)": "constant"},
            ),
            RecipeWidget(
                "keep",
                "keep",
                "The pixels that image_weight holds.",
                ADVANCED,
                {
                    "all but the garments, old and new": "outside_both_garments",
                    "all but the old garment": "outside_garment",
                    "all but the body (FICE)": "outside_body",
                },
            ),
            RecipeWidget(
                "image_loss_over",
                "image_normalise",
                "What the change of pixels is averaged over.",
                ADVANCED,
                {"kept area": "mask", "whole picture (FICE)": "pixels"},
            ),
            RecipeWidget(
                "keep_best",
                "keep_best",
                "Keep the step with the smallest loss instead of the last (FICE).",
                ADVANCED,
            ),
            RecipeWidget(
                "start_prior_weight",
                "weights.start_prior",
                "How much the codes are held near those of the photo; 0 is FICE's way.",
                {**WEIGHT, "step": 0.01, **LATER},
            ),
            RecipeWidget(
                "patience",
                "patience",
                "Stop after so many steps without a gain; 0 takes all steps (FICE).",
                {"min": 0, "max": MAX_STEPS, **LATER},
            ),
            RecipeWidget(
                "least_pose_overlap",
                "least_pose_overlap",
                "Stop, and keep an earlier step, when the body parts overlap those of the photo "
                "less than this; 0 never stops (FICE). Needs pose; 0.85 is a fair number.",
                {"min": 0.0, "max": 1.0, "step": 0.01, **LATER},
            ),
            RecipeWidget(
                "whiten",
                "inversion.whiten",
                "Measure steps in units of w_std, so that rare directions move as easily as common "
                "ones. Off is FICE's way.",
                LATER,
            ),
            RecipeWidget(
                "shape_every",
                "shape_every",
                "Steps between two looks at pose and head; more is faster. 1 looks in each step "
                "(FICE).",
                {"min": 1, "max": 100, **LATER},
            ),
            RecipeWidget(
                "z_learning_rate",
                "inversion.z_learning_rate",
                "How far a step goes for the garment that the search found: it is moved through "
                "the mapping network and so stays one the generator knows. 0 moves it like all "
                "else (FICE).",
                {"min": 0.0, "max": 10.0, "step": 0.01, **LATER},
            ),
            RecipeWidget(
                "shared_rate",
                "inversion.shared_rate",
                "How far all layers go together in a step, as a share of learning_rate, beside "
                "what each goes by itself; the recipe fast takes 0.5. 0 is FICE's way.",
                {"min": 0.0, "max": 10.0, "step": 0.05, **LATER},
            ),
            RecipeWidget(
                "adam_memory",
                "inversion.betas",
                "How many past steps a step follows. Short suits few, long steps; the recipe fast "
                "takes it.",
                LATER,
                {"long (FICE)": (0.9, 0.999), "short": (0.8, 0.95)},
            ),
        )
    }
)


def hidden_inputs(*names: str) -> list[io.Input]:
    """Inputs of CLIP-Guided Inversion for some numbers."""
    return [WIDGETS[name].hidden_input() for name in names]


def setting_inputs() -> list[io.Input]:
    """An input of Inversion Settings for each number."""
    names = (*FIRST_SETTINGS, *(name for name in WIDGETS if name not in FIRST_SETTINGS))
    return [WIDGETS[name].setting_input() for name in names]


def lock_inputs(**options: Any) -> list[io.Input]:  # noqa: ANN401 - whatever the host's input takes
    """A switch per layer group."""
    return [
        io.Boolean.Input(
            f"lock_{name}",
            display_name=f"lock {name}",
            default=False,
            tooltip=f"Leaves the latent codes of {text} as they are.",
            **options,
        )
        for name, text in LOCKS.items()
    ]


def changed(shown: Mapping[str, Any]) -> dict[str, Any]:
    """The numbers among hidden inputs that are not what an untouched widget showed."""
    untouched = {name: widget.shown(TUNED) for name, widget in WIDGETS.items()}
    return {
        name: value
        for name, value in shown.items()
        if (name in untouched and value != untouched[name]) or (name in LOCK_NAMES and value)
    }


def recipe_of(shown: Mapping[str, Any], name: str = "tuned") -> Recipe:
    """A recipe with the numbers of some widgets in place of its own.

    Args:
        shown: value of each widget; what is left out is as in the recipe.
        name: of the recipe.

    Raises:
        FiceError: if every layer group is locked.
    """
    recipe = RECIPES[name]
    # W+ Regularize says how much the codes themselves are held.
    recipe = replace(recipe, weights=replace(recipe.weights, w_delta=0.0))
    for key, widget in WIDGETS.items():
        if key in shown:
            recipe = widget.put(recipe, shown[key])
    locked = {group for group in GROUP_NAMES if shown.get(f"lock_{group}", False)}
    if locked == set(GROUP_NAMES):
        raise FiceError(ALL_LOCKED)
    moving = tuple(group for group in GROUP_NAMES if group not in locked)
    passes = tuple(one for one in recipe.start.passes if not locked.intersection(one))
    return replace(
        recipe,
        inversion=replace(recipe.inversion, moving=moving),
        start=replace(recipe.start, passes=passes),
    )


def held(recipe: Recipe, preservation: float) -> Recipe:
    """`recipe` with what holds the photo `preservation` times as strong."""
    weights = recipe.weights
    return replace(
        recipe,
        weights=replace(
            weights,
            image=weights.image * preservation,
            body_shape=weights.body_shape * preservation,
            head_shape=weights.head_shape * preservation,
        ),
    )


def recipe_input(more: str = "", **options: Any) -> io.Input:  # noqa: ANN401
    """The choice of a recipe, for every node that offers one.

    Args:
        more: added to its tooltip.
        options: for the host's input.
    """
    return io.Combo.Input(
        "recipe",
        options=list(RECIPES),
        default="tuned",
        tooltip="Where all numbers come from. tuned: for most edits, in seconds. fast: what FICE "
        "aims at, in few steps. paper: FICE as published, 501 steps, for comparisons." + more,
        **options,
    )
