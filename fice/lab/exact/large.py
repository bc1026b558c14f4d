"""What a photo of 12 megapixels takes: processor seconds and memory.

    OMP_NUM_THREADS=1 python -m fice.lab.exact.large

Prints JSON.
"""

from __future__ import annotations

import json
import sys
import time

import cv2
import numpy as np
import torch

from ...base.images import to_float
from ...pipeline.exact import align
from ..demo.check.large_photo import Peak
from .pairs import make_pair
from .subjects import draw_subjects

WIDTH = 2840  # of a photo whose height follows; about 12 megapixels


def main() -> None:
    """Aligns an edit of a megapixel with a large photo."""
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    subjects = draw_subjects(2)
    pair = make_pair(subjects[0], "drawn", 0, subjects)
    height = round(WIDTH * pair.photo.shape[0] / pair.photo.shape[1])
    resized = cv2.resize(pair.photo, (WIDTH, height), interpolation=cv2.INTER_CUBIC)
    large = np.asarray(resized, np.uint8)
    photo, edited = to_float(large)[None], to_float(pair.edited)[None]
    with Peak() as peak:
        start = time.process_time()
        done = align(photo, edited)
        seconds = time.process_time() - start
    megabytes = photo.numel() * 4 / 1e6
    figures = {
        "photo": [height, WIDTH],
        "cpu_seconds": round(seconds, 2),
        "peak_mb_above_the_photo": peak.megabytes,
        "photo_mb": round(megabytes),
        "confidence": round(done.alignments[0].confidence, 4),
    }
    sys.stdout.write(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
