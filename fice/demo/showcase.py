"""Six figures, six wishes: what `fice demo` edits and shows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ..base.images import Pixels, to_float, to_pixels
from ..inversion import Recipe
from ..inversion.step import InversionStep
from ..pipeline.edit import EditResult, edit
from ..pipeline.models import ModelSet
from ..reports.plots import loss_plot
from ..reports.sheets import (
    Row,
    chart_picture,
    contact_sheet,
    mask_picture,
    regions_picture,
)
from .world.factors import decode, draw_z
from .world.renderer import Renderer

COLUMNS = (
    "input",
    "regions",
    "body chart",
    "reconstruction",
    "generated",
    "edited",
    "what may change",
    "losses",
)
PLOT, LETTERS = (384, 384), 18  # twice what it has on the sheet


@dataclass(frozen=True)
class Case:
    """A figure and a wish.

    Attributes:
        seed: of the figure, outside the range that the networks were trained on.
        text: what it should wear.
    """

    seed: int
    text: str


CASES = (
    Case(10_900_001, "a person wearing a red long sleeve shirt with white stripes"),
    Case(10_900_002, "a person wearing a blue tank top"),
    Case(10_900_003, "a person wearing a yellow turtleneck sweater"),
    Case(10_900_004, "a person wearing a green dress"),
    Case(10_900_005, "a person wearing a black v-neck t-shirt"),
    Case(10_900_006, "a person wearing a purple and white checked shirt"),
)


@dataclass(frozen=True, eq=False)
class Shown:
    """An edited case.

    Attributes:
        case: what was asked for.
        photo: the figure, `[3, H, W]`.
        result: the edit, of a batch of one.
    """

    case: Case
    photo: Tensor
    result: EditResult


def figure(seed: int, size: int) -> Tensor:
    """The picture of a figure, `[3, size, size]` in [0, 1]."""
    return to_float(Renderer(size).render(decode(draw_z(seed))).image)


def run_cases(
    models: ModelSet,
    recipe: Recipe,
    cases: Sequence[Case],
    *,
    seed: int = 0,
    on_search: Callable[[], object] | None = None,
    on_step: Callable[[InversionStep], object] | None = None,
) -> Iterator[Shown]:
    """Edits one case after the other."""
    size = models.generator.resolution[0]
    for case in cases:
        photo = figure(case.seed, size)
        result = edit(
            photo,
            case.text,
            models=models,
            recipe=recipe,
            seed=seed,
            on_search=on_search,
            on_step=on_step,
        )
        yield Shown(case, photo, result)


def showcase_row(shown: Shown) -> Row:
    """The pictures of one case, in the order of `COLUMNS`."""
    result = shown.result
    total = torch.stack(list(result.losses.values())).sum(0)
    losses = {"total": total, **result.losses}
    curves = {name: loss[:, 0].tolist() for name, loss in losses.items()}
    pictures = (
        to_pixels(shown.photo),
        regions_picture(result.regions),
        chart_picture(result.chart),
        to_pixels(result.reconstruction[0]),
        to_pixels(result.generated[0]),
        to_pixels(result.image[0]),
        mask_picture(result.image[0], result.mask[0]),
        loss_plot(curves, PLOT, LETTERS),
    )
    return Row(shown.case.text, pictures)


def showcase_sheet(shown: Sequence[Shown]) -> Pixels:
    """All cases as one picture, `[H, W, 3]`."""
    return contact_sheet(COLUMNS, [showcase_row(one) for one in shown])
