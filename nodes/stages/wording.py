"""What a text leaves open, and what may change: two choices, the same on every node."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from comfy_api.latest import io

from ...fice.inversion import Recipe
from ...fice.inversion.recipe import Change
from ...fice.words import Completion
from .recipe_widgets import AS_RECIPE

COMPLETIONS: Mapping[str, Completion] = {
    "as on the photo": "photo",
    "as on the photo, but plain": "plain",
    "free (FICE)": "free",
}
CHANGES: Mapping[str, Change] = {
    "what the words name": "words",
    "the colour only": "colour",
    "the cut only": "cut",
    "everything (FICE)": "all",
}


def wording_inputs(**options: Any) -> list[io.Input]:  # noqa: ANN401 - whatever the host's input takes
    """Both choices; they came after the first workflows were saved.

    Args:
        options: for the host's inputs.
    """
    return [
        io.Combo.Input(
            "complete",
            display_name="what is left open",
            options=[AS_RECIPE, *COMPLETIONS],
            default=AS_RECIPE,
            optional=True,
            tooltip="What becomes of all that the text does not name: it stays as on the photo, it "
            "stays but without a pattern, or it is left free, as FICE does. tuned: as on the "
            "photo.",
            **options,
        ),
        io.Combo.Input(
            "change",
            display_name="what may change",
            options=[AS_RECIPE, *CHANGES],
            default=AS_RECIPE,
            optional=True,
            tooltip="What of the garment may change: what the words name, its colour and pattern "
            "only, its cut only, or everything, as FICE does. tuned: what the words name.",
            **options,
        ),
    ]


def worded(recipe: Recipe, complete: str, change: str) -> Recipe:
    """`recipe` with both choices, as the nodes show them."""
    return replace(
        recipe,
        complete=COMPLETIONS.get(complete, recipe.complete),
        change=CHANGES.get(change, recipe.change),
    )
