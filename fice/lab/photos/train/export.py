"""From a checkpoint to the file that ships with the pack."""

from __future__ import annotations

from pathlib import Path

import torch

from ....base.files import StrPath
from ....checkpoints.modules import save_module
from ....checkpoints.segmenter import PHOTO_REGIONS_KIND
from ....networks.perceptors.photo_regions import PhotoRegions, PhotoRegionsConfig

CARD = {
    "title": "Segmenter for photos of people",
    "data": "Clothing Co-Parsing (Yang, Luo, Lin, CVPR 2014), photos 1 to 739 of 1,004",
    "card": "docs/training/photos.md",
}


def export(checkpoint: StrPath, target: StrPath) -> int:
    """Writes the averaged weights of `checkpoint` in half precision; returns the bytes."""
    network = PhotoRegions(PhotoRegionsConfig())
    saved = torch.load(checkpoint, weights_only=True)
    network.load_state_dict(saved["modules"]["average"])
    Path(target).parent.mkdir(parents=True, exist_ok=True)
    save_module(target, PHOTO_REGIONS_KIND, network, dtype=torch.float16, metadata=CARD)
    return Path(target).stat().st_size
