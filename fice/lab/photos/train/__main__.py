"""`python -m fice.lab.photos.train`: trains the segmenter for photos, or goes on with it."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import cv2
import torch

from ....networks.perceptors.photo_regions import PhotoRegions, PhotoRegionsConfig
from ..dataset import DEVELOPMENT, TRAINING, packed
from .courses import COURSES
from .export import export
from .fit import train


def main() -> None:
    """Trains, or goes on where it stopped."""
    parser = argparse.ArgumentParser(prog="python -m fice.lab.photos.train", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="clothing-co-parsing, unpacked")
    parser.add_argument("--out", type=Path, required=True, help="folder for data and checkpoints")
    parser.add_argument("--course", choices=list(COURSES), default="photos")
    parser.add_argument("--export", type=Path, help="write the weights here, and train nothing")
    parser.add_argument("--threads", type=int, default=2, help="threads of torch")
    given = parser.parse_args()
    if given.export is not None:
        size = export(given.out / f"{given.course}.pt", given.export)
        sys.stdout.write(f"{given.export.name} {size}\n")
        return
    torch.set_num_threads(given.threads)
    cv2.setNumThreads(1)
    data = packed(given.data, TRAINING, given.out, "training")
    development = packed(given.data, DEVELOPMENT, given.out, "development")
    torch.manual_seed(0)
    network = PhotoRegions(PhotoRegionsConfig())
    train(network, data, development, given.out, COURSES[given.course])


if __name__ == "__main__":
    main()
