"""Edits to judge: a held-out figure and a text that asks for one to three other attributes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from ...demo.world.attributes import NECKLINES, SLEEVES, Attributes
from ...demo.world.captions import caption
from ...demo.world.dataset import HELD_OUT_SEED
from ...demo.world.factors import decode, draw_z
from ...demo.world.palette import COLOUR_NAMES
from ...demo.world.patterns import PATTERN_NAMES

EDITABLE: dict[str, tuple[str, ...]] = {
    "colour": COLOUR_NAMES,
    "pattern": PATTERN_NAMES,
    "sleeve": SLEEVES,
    "neckline": NECKLINES,
}
MOST_TARGETS = 3
# Cases use seeds far above those that the other held-out figures are drawn from.
FIRST_FIGURE = HELD_OUT_SEED + 1_000_000


@dataclass(frozen=True)
class EditCase:
    """One edit to try.

    Attributes:
        figure_seed: the figure to edit.
        text: what is asked for.
        targets: the attributes that `text` names, each with the class it should get; all differ
            from what the figure wears.
    """

    figure_seed: int
    text: str
    targets: Mapping[str, str]


def draw_case(index: int) -> EditCase:
    """The `index`-th case; equal indices give equal cases."""
    rng = np.random.default_rng([77, index])
    seed = FIRST_FIGURE + index
    worn = Attributes.of(decode(draw_z(seed)))
    count = int(rng.integers(1, MOST_TARGETS + 1))
    names = [str(name) for name in rng.permutation(list(EDITABLE))[:count]]
    targets = {name: _other(rng, EDITABLE[name], getattr(worn, name)) for name in names}
    wished = replace(worn, **targets)
    if targets.get("pattern") not in (None, "solid"):
        wished = replace(wished, second_colour=None)
    text = caption(wished, rng, frozenset(targets), explicit=True)
    return EditCase(seed, text, targets)


def _other(rng: np.random.Generator, words: tuple[str, ...], worn: str | None) -> str:
    free = [word for word in words if word != worn]
    return free[int(rng.integers(len(free)))]
