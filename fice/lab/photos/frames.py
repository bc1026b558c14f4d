"""Frames on photos of people: what the segmenter leads to, beside what the labels would lead to.

    OMP_NUM_THREADS=1 python -m fice.lab.photos.frames ../shared/photos [SHEET.png]

Prints JSON: how far the frames overlap (intersection over union), for the upper body in a square as
FICE has it and for whole people in 1:2 as StyleGAN-Human has it. The sheet shows people: it is to
be looked at, and not to be published.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from statistics import median

import cv2
import numpy as np
import torch
from torch import Tensor

from ...base.frame import Box, Frame, Size, area, intersection
from ...base.images import to_float, to_pixels, write_image
from ...base.types import Perceptor, Regions
from ...checkpoints import load_segmenter
from ...checkpoints.built_in import PHOTOS
from ...framing.placement import STANDARD, Placement
from ...framing.whole_view import SeenPerson, find_in_whole, frame_of
from ...networks.perceptors.photo_regions import PHOTO_CLASSES
from ..exact.subjects import Picture, read_labelled
from .labels import classes_of

MARGIN = 0.05  # of the person's height, above and below, as StyleGAN-Human's photos were cut
WHOLE = Placement(top=MARGIN / (1 + 2 * MARGIN), bottom=1 - MARGIN / (1 + 2 * MARGIN), side=0.0)
KINDS: Mapping[str, tuple[Placement, Size]] = {
    "upper body": (STANDARD, (256, 256)),
    "whole person": (WHOLE, (512, 256)),
}
GOOD = 0.8  # overlap
COLUMNS, CELL = 10, (300, 200)  # of the sheet
COLOURS = {"upper body": (255, 60, 0), "whole person": (0, 120, 255)}
HEAD = [PHOTO_CLASSES.index(name) for name in ("hair", "face")]


def labelled_person(classes: Picture) -> SeenPerson:
    """The person of a photo by its classes `[H, W]`."""
    person = torch.from_numpy((classes > 0).astype(np.float32))[None, None]
    head = torch.from_numpy(np.isin(classes, HEAD).astype(np.float32))[None, None]
    size = (classes.shape[0], classes.shape[1])
    x, y, width, height = cv2.boundingRect((classes > 0).astype(np.uint8))
    return SeenPerson(person, head, Frame.whole(size, size), (x, y, x + width, y + height))


def overlap(one: Box, other: Box) -> float:
    """Intersection over union of two boxes."""
    common = area(intersection(one, other))
    return common / (area(one) + area(other) - common)


def frames_of(
    photo: Tensor, classes: Picture, segmenter: Perceptor[Regions], kind: str
) -> tuple[Frame | None, Frame | None]:
    """The frame by the segmenter, and by the labels; None where there is none."""
    placement, size = KINDS[kind]
    found = find_in_whole(photo, segmenter, size, placement)
    return (found[0] if found else None), frame_of(labelled_person(classes), size, placement)


def _drawn(photo: Tensor, frames: Mapping[str, Frame | None]) -> Picture:
    picture = np.ascontiguousarray(to_pixels(photo[0]))
    for kind, frame in frames.items():
        if frame is not None:
            left, top, right, bottom = frame.box
            cv2.rectangle(picture, (left, top), (right, bottom), COLOURS[kind], 5)
    return np.asarray(cv2.resize(picture, CELL[::-1], interpolation=cv2.INTER_AREA), np.uint8)


def main() -> None:
    """Prints the figures; a second argument names a file for the sheet."""
    torch.set_num_threads(1)
    segmenter = load_segmenter(PHOTOS)
    overlaps: dict[str, list[float]] = {kind: [] for kind in KINDS}
    cells: list[Picture] = []
    for picture, labels in read_labelled(sys.argv[1]):
        photo, classes = to_float(picture)[None], classes_of(labels)
        shown: dict[str, Frame | None] = {}
        for kind in KINDS:
            found, wanted = frames_of(photo, classes, segmenter, kind)
            shown[kind] = found
            if wanted is not None:
                overlaps[kind].append(0.0 if found is None else overlap(found.box, wanted.box))
        cells.append(_drawn(photo, shown))
    if len(sys.argv) > 2:
        cells += [np.zeros_like(cells[0])] * (-len(cells) % COLUMNS)
        rows = [np.concatenate(cells[i : i + COLUMNS], 1) for i in range(0, len(cells), COLUMNS)]
        write_image(Path(sys.argv[2]), to_float(np.concatenate(rows, 0)))
    figures = {
        kind: {
            "photos": len(values),
            "median": round(median(values), 3),
            "least": round(min(values), 3),
            f"below {GOOD}": sum(value < GOOD for value in values),
        }
        for kind, values in overlaps.items()
    }
    sys.stdout.write(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
