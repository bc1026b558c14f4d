"""Whom the guard of the demo set lets pass.

    OMP_NUM_THREADS=1 python -m fice.lab.demo.check.guard [FOLDER_OF_PHOTOS]

Prints JSON: held-out figures, figures in drawn rooms and, if a folder is named, its photos, each
framed as an edit frames it, and how many are known, doubtful or foreign.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import torch
from torch import Tensor

from ....base.errors import ImageError
from ....base.files import StrPath
from ....base.frame import overlap
from ....base.images import read_image
from ....demo.world.dataset import HELD_OUT_SEED, render_figures
from ....pipeline.frames import choose_frames, crop_each
from ....pipeline.guard import consistency, doubts_about
from ....pipeline.look import look
from ....pipeline.models import ModelSet, load_models
from ..data import to_unit_range
from .framing import framing_cases

FIGURES, ROOMS = 500, 12  # rooms: photos of each kind
FIRST_FIGURE = HELD_OUT_SEED + 700_000
WELL_FRAMED = 0.8  # overlap with the true square
PHOTOS = ("*.jpg", "*.jpeg", "*.png", "*.webp")


def figures(count: int = FIGURES) -> Iterator[Tensor]:
    """Held-out figures, `[1, 3, 128, 128]` in [0, 1]."""
    for index in range(count):
        yield to_unit_range(torch.from_numpy(render_figures(FIRST_FIGURE + index, 1).images))


def rooms(models: ModelSet, count: int = ROOMS) -> Iterator[Tensor]:
    """Crops of figures in drawn rooms whose frames lie well."""
    for photo, place in framing_cases(count):
        frames = choose_frames(photo, "person", models)
        if overlap(frames[0].box, place.box) >= WELL_FRAMED:
            yield crop_each(photo, frames)


def photos(folder: StrPath, models: ModelSet) -> Iterator[Tensor | None]:
    """Crops of the photos in `folder`; None where nobody was found."""
    for path in sorted(path for pattern in PHOTOS for path in Path(folder).glob(pattern)):
        photo = read_image(path).unsqueeze(0)
        try:
            yield crop_each(photo, choose_frames(photo, "person", models))
        except ImageError:
            yield None


@torch.no_grad()
def measure(crops: Iterable[Tensor | None], models: ModelSet) -> dict[str, object]:
    """How many of `crops` pass, and how far the networks agree on them."""
    answers: Counter[str] = Counter()
    agreed: list[float] = []
    for crop in crops:
        if crop is None:
            answers["nobody found"] += 1
            continue
        source = look(crop, models)
        drawn = models.generator.synthesize(source.ws).clamp(0.0, 1.0)
        doubts = doubts_about(source, drawn, models.generator)
        answers[doubts[0].level if doubts else "known"] += 1
        if source.chart is not None and source.regions is not None:
            agreed += consistency(source.chart.seen, source.regions, drawn).tolist()
    spread = [round(one, 3) for one in (min(agreed), sorted(agreed)[len(agreed) // 2], max(agreed))]
    return {**answers, "least, median and most consistency": spread}


def main() -> None:
    """Prints the figures."""
    torch.set_num_threads(1)
    models = load_models("demo")
    found = {
        "figures": measure(figures(), models),
        "rooms, well framed": measure(rooms(models), models),
    }
    if len(sys.argv) > 1:
        found["photos"] = measure(photos(Path(sys.argv[1]), models), models)
    sys.stdout.write(json.dumps(found, indent=2) + "\n")


if __name__ == "__main__":
    main()
