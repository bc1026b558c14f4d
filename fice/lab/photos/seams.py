"""Seam methods on real pixels: labelled photos, and an editor that does what generators do.

    OMP_NUM_THREADS=1 python -m fice.lab.photos.seams ../shared/photos [COUNT] [SHEET.png]

Prints JSON. The garment gets another colour, stripes, or is drawn shorter; then the whole picture
is made as a generator of 256 pixels would give it: soft, a little beside its place, the wall, the
skin and the other clothes each in a cast of their own. What should come out is known: the photo,
and the new garment. Masks are the labels', so this measures the stitch and no segmenter. The sheet
shows people: it is to be looked at, and not to be published.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ...base.frame import Frame
from ...base.images import to_float, to_pixels, write_image
from ...base.types import Regions
from ...stitching.bared import match_bared
from ...stitching.compositing import max_change_outside
from ...stitching.put_back import stitch_each
from ...stitching.region_masks import found_mask
from ...stitching.seams import DEFAULT_SEAM, SEAM_METHODS, seam_gradient
from ..exact.pairs import composed, rgb_of
from ..exact.subjects import Mask, Picture, Subject, read_subjects

KINDS = ("recoloured", "striped", "shorter")
BARED = f"{DEFAULT_SEAM}, bared"
METHODS = (*SEAM_METHODS, BARED)
DRAWN = 256  # pixels of the generated picture's longer side
CAST, MISPLACED = 10.0, 0.006  # CIELAB units; share of the longer side
STRIPE = 0.02  # of the height
SHORTER = 0.12  # of the garment's height
SHOWN = 8  # rows of the sheet
RIM = 3  # pixels that a label may lie beside the edge

Lab = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Case:
    """A photo, what an editor made of it, and what should come out.

    Attributes:
        kind: what was done to the garment.
        photo: `[1, 3, H, W]` in [0, 1].
        generated: the edit as a generator gives it.
        wanted: the new garment in the photo.
        before: the labels.
        after: the labels of `generated`.
    """

    kind: str
    photo: Tensor
    generated: Tensor
    wanted: Tensor
    before: Regions
    after: Regions

    @property
    def frame(self) -> Frame:
        """All of the photo."""
        size = (self.photo.shape[-2], self.photo.shape[-1])
        return Frame.whole(size, size)

    @cached_property
    def mask(self) -> Tensor:
        """What is replaced, whatever the method."""
        return found_mask(self.before, self.after, self.frame)


def make_case(subject: Subject, kind: str, seed: int) -> Case:
    """An edit of `subject`; equal arguments give equal cases."""
    rng = np.random.default_rng(seed)
    garment = _shortened(subject.garment) if kind == "shorter" else subject.garment
    wanted = _dressed(subject, garment, kind, rng)
    drawn = _drawn(_with_casts(wanted, subject, garment, rng), rng)
    before, after = (_regions(subject, one) for one in (subject.garment, garment))
    photo, generated, ideal = (to_float(one)[None] for one in (subject.photo, drawn, wanted))
    return Case(kind, photo, generated, ideal, before, after)


def stitched_by(case: Case, method: str) -> tuple[Tensor, Tensor]:
    """The result of a method and the mask that was used."""
    generated = case.generated
    if method == BARED:
        generated = match_bared(generated, case.photo, [case.before], [case.after])
    seam = DEFAULT_SEAM if method == BARED else method
    done = stitch_each(case.photo, generated, [case.mask], [case.frame], seam)
    return done.image, done.mask


def measure(case: Case, method: str) -> dict[str, float]:
    """Figures of one method on one case.

    `seam` is `seam_gradient`; `bared` the mean ΔE (CIE76) to the photo where the mask is not 0 and
    no garment is, before or after; `uncovered` the same where the old garment was and the new one
    is not; `garment` the distance of the new garment's mean colour from the one it should have.
    """
    image, mask = stitched_by(case, method)
    old, new = (one.garment[0, 0].numpy() > 0.5 for one in (case.before, case.after))
    edge = cv2.dilate(old.astype(np.uint8), np.ones((2 * RIM + 1, 2 * RIM + 1), np.uint8)) > 0
    here, wanted = _lab(image), _lab(case.wanted)
    error = np.linalg.norm(here - wanted, axis=-1)
    touched = mask[0, 0].numpy() > 0
    figures = {
        "seam": float(seam_gradient(image, case.wanted, mask)),
        "bared": _mean(error, touched & ~edge & ~new),
        "garment": float(np.linalg.norm(here[new].mean(0) - wanted[new].mean(0))),
        "outside": float(max_change_outside(case.photo, image, mask)),
    }
    if case.kind == "shorter":
        figures["uncovered"] = _mean(error, old & ~new)
    return figures


def measure_all(cases: Iterable[Case]) -> dict[str, dict[str, dict[str, float]]]:
    """Per kind and method, the mean of each figure; one case at a time is held."""
    rows: dict[tuple[str, str], list[dict[str, float]]] = {}
    for case in cases:
        for method in METHODS:
            rows.setdefault((case.kind, method), []).append(measure(case, method))
    table: dict[str, dict[str, dict[str, float]]] = {}
    for (kind, method), found in rows.items():
        names = dict.fromkeys(name for row in found for name in row)
        means = {name: np.nanmean([row[name] for row in found]) for name in names}
        table.setdefault(kind, {})[method] = {n: round(float(m), 3) for n, m in means.items()}
    return table


def _shortened(garment: Mask) -> Mask:
    rows = np.flatnonzero(garment.any(1))
    hem = rows[-1] - round((rows[-1] - rows[0]) * SHORTER)
    shorter = garment.copy()
    shorter[hem:] = False
    return shorter


def _dressed(subject: Subject, garment: Mask, kind: str, rng: np.random.Generator) -> Picture:
    """The photo with the new garment, as a camera would have taken it."""
    photo = subject.photo
    if kind == "shorter":
        # What lies behind the old hem is what lies below it, or beside it.
        gone = (subject.garment & ~garment).astype(np.uint8)
        behind = cv2.inpaint(
            photo, cv2.dilate(gone, np.ones((5, 5), np.uint8)), 5, cv2.INPAINT_TELEA
        )
        photo = np.where(gone[..., None] > 0, behind, photo).astype(np.uint8)
    lab = _lab(to_float(photo)[None])
    now = lab[garment].mean(0)
    colours = np.stack([[rng.uniform(25, 85), *rng.uniform(-45, 45, 2)] for _ in range(2)])
    stripes = np.arange(len(photo)) // max(2, round(STRIPE * len(photo))) % 2
    of_row = colours[stripes if kind == "striped" else np.zeros_like(stripes)]
    new = lab - now + of_row[:, None]
    return composed(photo, rgb_of(new), garment)


def _with_casts(
    wanted: Picture, subject: Subject, garment: Mask, rng: np.random.Generator
) -> Picture:
    """Wall, skin and other clothes each in another cast, as generators draw them."""
    lab = _lab(to_float(wanted)[None])
    parts = (
        ~subject.person,
        subject.skin & ~garment,
        subject.person & ~subject.skin & ~garment,
    )
    for part in parts:
        cast = rng.normal(0, 1, 3)
        soft = cv2.GaussianBlur(part.astype(np.float32), (0, 0), 1.5)[..., None]
        lab += soft * (CAST * cast / np.linalg.norm(cast)).astype(np.float32)
    return rgb_of(lab)


def _drawn(picture: Picture, rng: np.random.Generator) -> Picture:
    """As large as a generator draws it, made large again, a little beside its place."""
    height, width = picture.shape[:2]
    scale = DRAWN / max(height, width)
    size = (round(width * scale), round(height * scale))
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    large = cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC)
    shift = rng.uniform(-MISPLACED, MISPLACED, 2) * max(height, width)
    move = np.array([[1, 0, shift[0]], [0, 1, shift[1]]], np.float32)
    moved = cv2.warpAffine(large, move, (width, height), borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(moved, np.uint8)


def _regions(subject: Subject, garment: Mask) -> Regions:
    def as_map(mask: Mask) -> Tensor:
        return torch.from_numpy(mask.astype(np.float32))[None, None]

    person = subject.person | garment
    nothing = np.zeros_like(person)
    return Regions(as_map(~person), as_map(person), as_map(garment), as_map(nothing))


def _mean(error: Lab, where: Mask) -> float:
    return float(error[where].mean()) if where.any() else float("nan")


def _lab(image: Tensor) -> Lab:
    rgb = np.ascontiguousarray(image[0].movedim(0, -1).numpy().astype(np.float32))
    return np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2LAB), np.float32)


def sheet(cases: Sequence[Case]) -> Picture:
    """A row for each case: photo, generated picture, and what each method makes of it."""
    rows: list[Picture] = []
    for case in cases[:SHOWN]:
        made = [stitched_by(case, method)[0] for method in METHODS]
        rows.append(
            np.concatenate([to_pixels(one[0]) for one in (case.photo, case.generated, *made)], 1)
        )
    height, width = rows[0].shape[0] // 2, rows[0].shape[1] // 2
    same = [cv2.resize(row, (width, height), interpolation=cv2.INTER_AREA) for row in rows]
    return np.concatenate([np.asarray(row, np.uint8) for row in same], 0)


def _cases(subjects: Sequence[Subject]) -> Iterator[Case]:
    for number, subject in enumerate(subjects):
        for index, kind in enumerate(KINDS):
            yield make_case(subject, kind, 97 * number + index)


def main() -> None:
    """Prints the figures of the first COUNT photos; the last argument names a file for a sheet."""
    torch.set_num_threads(1)
    folder, *rest = sys.argv[1:]
    count = int(rest.pop(0)) if rest and rest[0].isdecimal() else None
    subjects = read_subjects(folder)[:count]
    if rest:
        write_image(Path(rest[0]), to_float(sheet(list(islice(_cases(subjects), SHOWN)))))
    figures = {"photos": len(subjects), **measure_all(_cases(subjects))}
    sys.stdout.write(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
