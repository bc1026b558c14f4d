"""Contact sheets of an evaluation: cases at random, and the worst ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

from ...base.images import Pixels, read_image, to_pixels
from ...reports.sheets import Row, contact_sheet
from .results import MethodResults

SHOWN = 8
MOST_COLUMNS = 9
CELL = 128
SEED = 0
BADNESS = ("success_all", "success", "clip_judge", "clip_guide", "pose_iou")
"""Metrics by which cases are the worst, the most telling first; higher is better in all."""

PathOf = Callable[[str, str], Path]
"""Takes method and case id; the empty method means the photo."""


def random_cases(complete: Sequence[int]) -> list[int]:
    """Some of the cases, the same for equal numbers of them, in their order."""
    random = np.random.default_rng(SEED)
    count = min(SHOWN, len(complete))
    return sorted(int(index) for index in random.permutation(list(complete))[:count])


def worst_cases(reference: MethodResults, complete: Sequence[int]) -> list[int]:
    """The cases of which the reference did worst, the worst first."""

    def badness(index: int) -> tuple[float, ...]:
        values = (reference.columns[name][index] for name in BADNESS)
        return tuple(0.0 if np.isnan(value) else float(value) for value in values)

    return sorted(complete, key=badness)[:SHOWN]


def complete_cases(results: Sequence[MethodResults]) -> list[int]:
    """Indices of the cases that every method has a result of."""
    have = [one.have for one in results]
    return [int(index) for index in np.flatnonzero(np.all(have, axis=0))] if have else []


def draw_sheet(
    chosen: Sequence[int],
    cases: Sequence[str],
    texts: Mapping[str, str],
    methods: Sequence[str],
    path_of: PathOf,
) -> Pixels:
    """The photo and each method's result of the chosen cases, `[H, W, 3]`.

    Args:
        chosen: indices of the cases.
        cases: all ids.
        texts: what was asked for, by id.
        methods: columns.
        path_of: where the pictures lie.
    """
    rows = [
        Row(
            f"{cases[index]}: {texts[cases[index]]}",
            [to_pixels(read_image(path_of(method, cases[index]))) for method in ("", *methods)],
        )
        for index in chosen
    ]
    return contact_sheet(["photo", *methods], rows, CELL)
