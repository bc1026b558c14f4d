"""How well a segmenter for photos does on photos that it was not trained on.

    OMP_NUM_THREADS=2 python -m fice.lab.photos.check --data FOLDER [--weights FILE]

Prints JSON: intersection over union of what an edit is about, over all pixels of photos 801 to
1,004 at their own size, and seconds per photo. FOLDER holds `photos` and `annotations/pixel-level`
of bearpaw/clothing-co-parsing. Weights are a file of `load_segmenter`, or a checkpoint of the
training.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from statistics import median

import numpy as np
import torch

from ...base.errors import CheckpointError
from ...base.files import StrPath
from ...checkpoints import load_segmenter
from ...checkpoints.built_in import PHOTOS
from ...networks.layers import freeze
from ...networks.perceptors.photo_regions import PhotoRegions, PhotoRegionsConfig
from .dataset import DEVELOPMENT, MEASURING, Bytes, read_photo
from .metrics import overlaps
from .train.fit import as_images

SETS = {"measuring": MEASURING, "development": DEVELOPMENT}
WARM_UP = 3  # photos before the clock counts


def measure(network: PhotoRegions, folder: StrPath, numbers: Iterable[int]) -> dict[str, object]:
    """Overlaps and seconds per photo.

    Args:
        network: the segmenter.
        folder: of the data set.
        numbers: of the photos.
    """
    pairs: list[tuple[Bytes, Bytes]] = []
    seconds: list[float] = []
    for number in numbers:
        photo, true = read_photo(folder, number)
        image = as_images(photo[None])
        started = time.perf_counter()
        with torch.no_grad():
            found = network.probabilities(image)[0].argmax(0)
        seconds.append(time.perf_counter() - started)
        pairs.append((found.numpy().astype(np.uint8), true))
    return {
        "photos": len(pairs),
        "overlap": {name: round(value, 3) for name, value in overlaps(pairs).items()},
        "seconds": round(median(seconds[WARM_UP:] or seconds), 3),
        "threads": torch.get_num_threads(),
    }


def network_of(weights: StrPath) -> PhotoRegions:
    """The segmenter in a file of `load_segmenter`, or the averaged one of a training checkpoint.

    Raises:
        CheckpointError: if it is another network.
    """
    if Path(weights).suffix == ".pt":
        network = PhotoRegions(PhotoRegionsConfig())
        saved = torch.load(weights, weights_only=True)
        network.load_state_dict(saved["modules"]["average"])
        return freeze(network)
    network = load_segmenter(weights)
    if not isinstance(network, PhotoRegions):
        raise CheckpointError(f"{Path(weights).name} is no segmenter for photos of ours.")
    return network


def main() -> None:
    """Prints the figures."""
    parser = argparse.ArgumentParser(prog="python -m fice.lab.photos.check", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="clothing-co-parsing, unpacked")
    parser.add_argument("--weights", default=PHOTOS, help="the built-in ones, or a file")
    parser.add_argument("--set", choices=list(SETS), default="measuring")
    given = parser.parse_args()
    figures = measure(network_of(given.weights), given.data, SETS[given.set])
    sys.stdout.write(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
