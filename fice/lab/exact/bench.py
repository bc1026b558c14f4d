"""Pairs of photos and disturbed edits, put back in several ways, and the figures of each."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TypeAlias

import cv2
import numpy as np
import torch
from torch import Tensor

from ...alignment import Alignment, lay
from ...alignment.align import WORK_PIXELS
from ...alignment.tones import grey, reduced
from ...alignment.transform import Transform, rescaled, resizing, whole
from ...base.errors import ImageError
from ...base.files import StrPath, read_text
from ...base.frame import Frame
from ...base.images import resample, to_float
from ...pipeline.exact import align, take_garment
from ...stitching.compositing import max_change_outside
from ...stitching.region_masks import AUTOMATIC, painted_mask
from ...stitching.seams import join
from .measures import alignment_error, garment_colour, outside_change, seam
from .pairs import Kind, Pair, make_pair
from .subjects import Subject

KINDS: tuple[Kind, ...] = ("recoloured", "another's", "plain backdrop", "drawn", "warped")
WRONG_EVERY = 10  # pairs: one of so many comes with the edit of another photo besides
FIRST_SEED = 77_000
ECC_PIXELS = 120_000  # ECC alone looks at so many: at full size it takes longer than all of ours
ECC_STEPS = (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, 50, 1e-5)

Row: TypeAlias = dict[str, object]


def pairs(photos: Sequence[Subject], figures: Sequence[Subject], count: int) -> Iterator[Pair]:
    """`count` pairs, every kind equally often, and after every tenth one that nothing can align.

    Args:
        photos: labelled photos; without any, figures serve for all kinds.
        figures: drawn ones.
        count: how many.
    """
    for index in range(count):
        kind = KINDS[index % len(KINDS)]
        subjects = figures if kind == "drawn" or not photos else photos
        subject = subjects[(index // len(KINDS)) % len(subjects)]
        yield make_pair(subject, kind, FIRST_SEED + index, subjects)
        if index % WRONG_EVERY == WRONG_EVERY - 1:
            yield make_pair(subject, "wrong", FIRST_SEED + index, subjects)


def measure(pair: Pair) -> Row:
    """All figures of a pair; the truth serves for measuring, and for the masks of the rivals."""
    photo, edited = to_float(pair.photo)[None], to_float(pair.edited)[None]
    start = time.process_time()
    aligned = align(photo, edited, flow=pair.kind == "warped")
    seconds = time.process_time() - start
    found = aligned.alignments[0]
    row: Row = {
        "photo": pair.name,
        "kind": pair.kind,
        "cast": round(pair.cast, 2),
        "error": round(alignment_error(pair, found), 4),
        "expected_error": round(min(found.expected_error, 1e6), 4),
        "confidence": round(found.confidence, 4),
        "how": found.how,
        "align_cpu_seconds": round(seconds, 3),
    }
    if pair.kind == "wrong":
        return row
    start = time.process_time()
    try:
        taken = take_garment(photo, aligned.image, covered=aligned.covered)
    except ImageError:
        row["methods"] = {}
        return row
    row["take_cpu_seconds"] = round(time.process_time() - start, 3)
    inside = torch.from_numpy(pair.changed)[None, None]
    selected = taken.mask > 0.5
    row["overlap"] = round(float((selected & inside).sum() / (selected | inside).sum()), 4)
    row["max_change_outside"] = float(taken.max_change_outside)
    ours = _figures(pair, taken.image, taken.mask, aligned.covered)
    row["methods"] = {"ours": ours, **_rivals(pair, photo, edited)}
    return row


def _rivals(pair: Pair, photo: Tensor, edited: Tensor) -> Row:
    size = (photo.shape[-2], photo.shape[-1])
    resized, everything = resample(edited, size), torch.ones_like(photo[:, :1])
    mask = painted_mask(
        torch.from_numpy(pair.changed)[None, None].float(), Frame.whole(size, size), AUTOMATIC
    )
    transform = _ecc(pair)
    laid, covered = lay(edited[0], transform)
    by_ecc = join(photo, laid[None], mask * covered[None], "alpha").image
    error = alignment_error(pair, Alignment(transform, None, 0.0, 0.0, "ecc"))
    still = alignment_error(
        pair, Alignment(whole(size, transform.edited_size), None, 0.0, 0.0, "size")
    )
    pasted = join(photo, resized, mask, "alpha").image
    return {
        "as it came": _figures(pair, resized, everything, everything) | {"error": round(still, 3)},
        "pasted through a mask": _figures(pair, pasted, mask, everything)
        | {"error": round(still, 3)},
        "ECC without a mask, pasted": _figures(pair, by_ecc, mask, covered[None])
        | {"error": round(error, 3)},
    }


def _figures(pair: Pair, image: Tensor, mask: Tensor, covered: Tensor) -> Row:
    photo = to_float(pair.photo)[None]
    return {
        "outside_changed": round(outside_change(pair, image), 4),
        "max_change_outside": float(max_change_outside(photo, image, mask)),
        "garment_delta": round(garment_colour(pair, image, covered), 3),
        "seam": round(seam(pair, image, _seam_mask(pair, mask)), 3),
    }


def _seam_mask(pair: Pair, mask: Tensor) -> Tensor:
    """Of a picture that was taken as a whole, the border of the garment is looked at."""
    if bool((mask == 1).all()):
        return torch.from_numpy(pair.changed)[None, None].float()
    return mask


def _ecc(pair: Pair) -> Transform:
    """The affine map that ECC finds from the resized picture, all of it looked at."""
    sizes = (pair.photo.shape[0], pair.photo.shape[1]), pair.transform.edited_size
    old = grey(reduced(pair.photo, ECC_PIXELS))
    new = np.asarray(cv2.resize(grey(pair.edited), old.shape[::-1]), np.uint8)
    seen = np.full(old.shape, 255, np.uint8)
    start = np.eye(2, 3, dtype=np.float32)
    try:
        _, found = cv2.findTransformECC(old, new, start, cv2.MOTION_AFFINE, ECC_STEPS, seen, 5)
    except cv2.error:  # it did not converge
        return whole(*sizes)
    small = (old.shape[0], old.shape[1])
    matrix = rescaled(
        np.asarray(found, np.float64), resizing(small, sizes[0]), resizing(small, sizes[1])
    )
    return Transform(matrix, *sizes)


def run(made: Iterator[Pair], rows_file: StrPath, tell: Callable[[Row], None]) -> list[Row]:
    """Measures all pairs; those that `rows_file` has already are not measured again."""
    rows_file = Path(rows_file)
    lines = read_text(rows_file).splitlines() if rows_file.exists() else []
    rows: list[Row] = [json.loads(line) for line in lines]
    with rows_file.open("a", encoding="utf-8") as file:
        for index, pair in enumerate(made):
            if index < len(rows):
                continue
            row = measure(pair)
            rows.append(row)
            file.write(json.dumps(row) + "\n")
            file.flush()
            tell(row)
    return rows


LIMITS: Mapping[str, float] = MappingProxyType({"failed": 2.0, "sure": 0.5})
"""Pixels from which an alignment has failed, and the confidence below which it is said."""

assert WORK_PIXELS == 1_000_000, "errors are told in pixels of a megapixel"
