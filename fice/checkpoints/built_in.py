"""Weights that come with the pack, by name."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ..base.files import StrPath

FOLDER = Path(__file__).parent / "built_in_weights"

PHOTOS = "photos"
"""Of the segmenter for photos: `fice.lab.photos` trains it."""


def built_in_segmenters(folder: StrPath = FOLDER) -> Mapping[str, Path]:
    """The segmenters that are there, by the name that `load_segmenter` takes."""
    found = {PHOTOS: Path(folder) / "photo_regions.safetensors"}
    return {name: path for name, path in found.items() if path.is_file()}
