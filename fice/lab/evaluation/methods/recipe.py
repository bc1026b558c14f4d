"""FICE by a recipe: as published, ours, and each with a part taken away."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch

from ....base.files import StrPath
from ....inversion import Recipe
from ....pipeline.edit import edit
from ....pipeline.models import ModelSet
from ....stitching.seams import PAPER_SEAM
from .method import Outcome, Task

Finish = Literal["garment", "head", "none"]


@dataclass(frozen=True)
class RecipeMethod:
    """CLIP-guided inversion by `fice.edit`.

    Attributes:
        title: what it is.
        recipe: all its numbers.
        finish: what the result takes from the generated picture: the `garment`, all but the `head`
            (the paper's stitching), or all of it (`none`, no stitching).
        seam: how the garment meets the photo.
    """

    title: str
    recipe: Recipe
    finish: Finish = "garment"
    seam: str = PAPER_SEAM

    @property
    def seeded(self) -> bool:
        """Whether the recipe draws at random: starts, or the views of CLIP."""
        return self.recipe.start.candidates > 0 or self.recipe.crops > 0

    @property
    def settings(self) -> str:
        """Recipe and finish."""
        return f"{self.recipe!r} {self.finish} {self.seam}"

    def prepare(self, models: ModelSet, cache: StrPath) -> None:
        """Nothing is shared."""

    def __call__(self, task: Task, models: ModelSet, cache: StrPath) -> Outcome:
        """Edits a batch.

        Raises:
            FiceError: if an edit is not possible.
        """
        del cache
        result = edit(
            task.photo,
            task.texts,
            models=models,
            recipe=self.recipe,
            seed=(task.seed,) * len(task.photo),
            region="head" if self.finish == "head" else "garment",
            seam=self.seam,
        )
        steps = len(next(iter(result.losses.values())))
        if self.finish == "none":
            everywhere = torch.ones_like(result.mask)
            return Outcome(result.generated, result.generated, everywhere, steps)
        return Outcome(result.image, result.generated, result.mask, steps)
