"""The widgets of CLIP-Guided Inversion that show a recipe: one table, read in both directions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import reduce
from types import MappingProxyType
from typing import Any

from comfy_api.latest import io

from ...fice.base.errors import FiceError
from ...fice.base.layer_groups import GROUP_NAMES
from ...fice.inversion import TUNED, Recipe
from .inversion_inputs import MAX_STEPS

MAX_WEIGHT = 1000.0
ALL_LOCKED = "All three layer groups are locked, so nothing could change; unlock one."
WEIGHT = {"min": 0.0, "max": MAX_WEIGHT, "step": 0.1}
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

    def input(self) -> io.Input:
        """The input of the node."""
        default = self.shown(TUNED)
        options = {"default": default, "tooltip": self.tooltip, **self.options}
        if self.choices:
            return io.Combo.Input(self.name, options=list(self.choices), **options)
        kinds = {bool: io.Boolean, int: io.Int, float: io.Float}
        return kinds[type(default)].Input(self.name, **options)


ADVANCED = {"advanced": True}
LATER = {"advanced": True, "optional": True}
"""Of widgets that came after the first workflows were saved: optional, so that those still run."""

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


def widget_inputs(*names: str) -> list[io.Input]:
    """The inputs of some widgets."""
    return [WIDGETS[name].input() for name in names]


def lock_inputs() -> list[io.Input]:
    """A switch per layer group."""
    return [
        io.Boolean.Input(
            f"lock_{name}", default=False, tooltip=f"Leaves the latent codes of {text} as they are."
        )
        for name, text in LOCKS.items()
    ]


def recipe_of(shown: Mapping[str, Any]) -> Recipe:
    """The recipe that the widgets describe; what no widget says is as in `TUNED`.

    Args:
        shown: value of each widget; one that is left out is as in `TUNED`.

    Raises:
        FiceError: if every layer group is locked.
    """
    # W+ Regularize says how much the codes themselves are held.
    recipe = replace(TUNED, weights=replace(TUNED.weights, w_delta=0.0))
    for name, widget in WIDGETS.items():
        if name in shown:
            recipe = widget.put(recipe, shown[name])
    locked = {name for name in GROUP_NAMES if shown.get(f"lock_{name}", False)}
    if locked == set(GROUP_NAMES):
        raise FiceError(ALL_LOCKED)
    moving = tuple(name for name in GROUP_NAMES if name not in locked)
    passes = tuple(one for one in recipe.start.passes if not locked.intersection(one))
    return replace(
        recipe,
        inversion=replace(recipe.inversion, moving=moving),
        start=replace(recipe.start, passes=passes),
    )


def widgets_of(recipe: Recipe) -> dict[str, Any]:
    """The widgets that describe `recipe`: the inverse of `recipe_of`."""
    return {
        **{name: widget.shown(recipe) for name, widget in WIDGETS.items()},
        **{f"lock_{name}": name not in recipe.inversion.moving for name in GROUP_NAMES},
    }
