"""How well people in drawn rooms are framed, before and after the size is chosen by fit.

    OMP_NUM_THREADS=1 python -m fice.lab.demo.check.framing

Prints JSON. One figure stands somewhere in each photo, at a size of its own; what is judged is the
overlap of its frame with the square that it was drawn in.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ....base.frame import overlap
from ....demo.world.large_photo import Place, large_photo
from ....framing import find_person, fit_size, learn_placement
from ....framing.misfit import misfit
from ....pipeline.models import ModelSet, load_models

PHOTOS = 30  # of each room
FIRST_FIGURE, FIRST_SEED = 10_980_000, 42
POOR = 0.7  # overlap; with less, head or hem may lie outside the frame


@dataclass(frozen=True)
class Room:
    """What is drawn, in pixels.

    Attributes:
        size: height and width of the photo.
        sides: smallest and largest of the squares that figures are drawn in.
    """

    size: tuple[int, int]
    sides: tuple[int, int]


ROOMS = (
    Room((720, 560), (200, 420)),
    Room((960, 720), (220, 700)),
    Room((720, 960), (170, 600)),
)


def framing_cases(count: int = PHOTOS) -> Iterator[tuple[Tensor, Place]]:
    """Photos `[1, 3, H, W]` in [0, 1] and where the figure stands, `count` of each room."""
    for number, room in enumerate(ROOMS):
        random = np.random.default_rng(FIRST_SEED + number)
        height, width = room.size
        for index, side in enumerate(random.integers(*room.sides, count)):
            left, top = random.integers(0, width - side), random.integers(0, height - side)
            place = Place(FIRST_FIGURE + 1000 * number + index, int(left), int(top), int(side))
            yield large_photo(room.size, [place]), place


@torch.no_grad()
def measure_framing(models: ModelSet, count: int = PHOTOS) -> dict[str, object]:
    """Overlap with the true squares, as found by the search and after `fit_size`."""
    placement = learn_placement(models.generator, models.segmenter)
    known = misfit(models.generator, models.encoder)
    found: list[float] = []
    fitted: list[float] = []
    for photo, place in framing_cases(count):
        frame = find_person(photo, models.segmenter, models.generator.resolution, placement)
        found.append(overlap(frame.box, place.box))
        fitted.append(overlap(fit_size(photo, frame, placement, known).box, place.box))
    return {"photos": len(found), "found": _summary(found), "fitted": _summary(fitted)}


def _summary(overlaps: list[float]) -> dict[str, float]:
    return {
        "mean_overlap": round(float(np.mean(overlaps)), 3),
        "least_overlap": round(min(overlaps), 3),
        "below_0.7": sum(one < POOR for one in overlaps),
    }


def main() -> None:
    """Prints the figures."""
    torch.set_num_threads(1)
    sys.stdout.write(json.dumps(measure_framing(load_models("demo")), indent=2) + "\n")


if __name__ == "__main__":
    main()
