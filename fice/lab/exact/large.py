"""What photos of one and of twelve megapixels take: seconds on two cores, and memory.

    OMP_NUM_THREADS=2 python -m fice.lab.exact.large [PHOTOS]

PHOTOS is a folder of labelled photos, of which the first is measured beside a drawn figure. The
edits have a megapixel. Prints JSON.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

import cv2
import numpy as np
import torch

from ...base.images import to_float
from ...pipeline.exact import align, take_garment
from ..demo.check.large_photo import Peak
from .pairs import Pair, make_pair
from .subjects import draw_subjects, read_subjects

MEGAPIXELS = (1, 12)
THREADS = 2
SEED = 0


def main() -> None:
    """Measures every subject at every size."""
    parser = argparse.ArgumentParser(
        prog="python -m fice.lab.exact.large", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("photos", type=Path, nargs="?")
    options = parser.parse_args()
    torch.set_num_threads(THREADS)
    cv2.setNumThreads(THREADS)
    figures = draw_subjects(2)
    pairs = [make_pair(figures[0], "drawn", SEED, figures)]
    if options.photos is not None:
        photos = read_subjects(options.photos)
        pairs.append(make_pair(photos[0], "recoloured", SEED, photos))
    measure(pairs[0], MEGAPIXELS[0])  # the first use of a library takes longer
    rows = [measure(pair, size) for pair in pairs for size in MEGAPIXELS]
    sys.stdout.write(json.dumps(rows, indent=2) + "\n")


def measure(pair: Pair, megapixels: int) -> dict[str, object]:
    """What it takes to align an edit with a photo of so many megapixels, and to take the clothes.

    Seconds on the wall and of the processor; the memory is above photo and edit, and `times` counts
    in photos of 32-bit floats.
    """
    height, width = pair.photo.shape[:2]
    scale = (megapixels * 1e6 / (height * width)) ** 0.5
    size = (round(width * scale), round(height * scale))
    large = np.asarray(cv2.resize(pair.photo, size, interpolation=cv2.INTER_CUBIC), np.uint8)
    photo, edited = to_float(large)[None], to_float(pair.edited)[None]
    with Peak() as peak:
        begun, used = time.perf_counter(), time.process_time()
        aligned = align(photo, edited)
        between, used_between = time.perf_counter(), time.process_time()
        take_garment(photo, aligned.image, covered=aligned.covered)
        ended, used_ended = time.perf_counter(), time.process_time()
    megabytes = photo.numel() * photo.element_size() / 1e6
    return {
        "subject": pair.kind,
        "photo": [size[1], size[0]],
        "threads": THREADS,
        "align_seconds": round(between - begun, 2),
        "align_cpu_seconds": round(used_between - used, 2),
        "take_seconds": round(ended - between, 2),
        "take_cpu_seconds": round(used_ended - used_between, 2),
        "photo_mb": round(megabytes),
        "peak_mb_above": peak.megabytes,
        "times": None if peak.megabytes is None else round(peak.megabytes / megabytes, 1),
        "confidence": round(aligned.alignments[0].confidence, 4),
    }


if __name__ == "__main__":
    main()
