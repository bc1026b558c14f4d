"""The best step so far, for each image of a batch by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ..base.ties import bar
from .step import InversionStep


@dataclass(frozen=True)
class BestSteps:
    """The step with the smallest total of each image.

    Attributes:
        index: which step it was, `[B]` int64.
        ws: `[B, num_ws, w_dim]`.
        image: `[B, 3, H, W]`, not clamped.
        losses: weighted loss per term, `[B]` each.
        total: their sum, `[B]`.
    """

    index: Tensor
    ws: Tensor
    image: Tensor
    losses: Mapping[str, Tensor]
    total: Tensor

    def only(self, rows: Sequence[int]) -> BestSteps:
        """The steps of some images, in the order of `rows`."""
        index = list(rows)
        losses = {name: loss[index] for name, loss in self.losses.items()}
        return BestSteps(
            self.index[index], self.ws[index], self.image[index], losses, self.total[index]
        )


def as_best(step: InversionStep) -> BestSteps:
    """`step` as the choice for every image."""
    index = torch.full_like(step.total, step.index, dtype=torch.int64)
    return BestSteps(index, step.ws, step.image, step.losses, step.total)


def best_so_far(best: BestSteps | None, step: InversionStep) -> BestSteps:
    """The better of `best` and `step` for each image; fold it over the steps of a run.

    Ties go to the earlier step, so that rounding does not decide.
    """
    new = as_best(step)
    if best is None:
        return new
    return chosen_where(new.total < bar(best.total), new, best)


def chosen_where(mask: Tensor, one: BestSteps, other: BestSteps) -> BestSteps:
    """`one` for the images where `mask` `[B]` is true, `other` for the rest."""
    return BestSteps(
        index=torch.where(mask, one.index, other.index),
        ws=torch.where(mask[:, None, None], one.ws, other.ws),
        image=torch.where(mask[:, None, None, None], one.image, other.image),
        losses={
            name: torch.where(mask, loss, other.losses[name]) for name, loss in one.losses.items()
        },
        total=torch.where(mask, one.total, other.total),
    )


def joined(parts: Sequence[BestSteps]) -> BestSteps:
    """The steps of several batches as those of one."""
    return BestSteps(
        index=torch.cat([part.index for part in parts]),
        ws=torch.cat([part.ws for part in parts]),
        image=torch.cat([part.image for part in parts]),
        losses={name: torch.cat([part.losses[name] for part in parts]) for name in parts[0].losses},
        total=torch.cat([part.total for part in parts]),
    )
