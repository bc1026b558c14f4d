"""Photos and classes as two arrays that stay on disk, so that no step waits for a decoder."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from ...base.errors import ImageError
from ...base.files import StrPath
from .labels import classes_of
from .matlab import read_labels

Bytes = NDArray[np.uint8]

TRAINING = range(1, 740)
DEVELOPMENT = range(740, 801)
MEASURING = range(801, 1005)
"""Numbers of photos. Nothing is trained on, chosen or tuned by those of `MEASURING`."""

STORED = (480, 320)  # height and width


@dataclass(frozen=True)
class PhotoData:
    """Photos `[N, H, W, 3]` and their classes `[N, H, W]`."""

    photos: Bytes
    classes: Bytes

    def __len__(self) -> int:
        """How many photos there are."""
        return len(self.photos)


def read_photo(folder: StrPath, number: int) -> tuple[Bytes, Bytes]:
    """RGB `[h, w, 3]` and classes `[h, w]` of one photo, as published.

    Args:
        folder: with `photos` and `annotations/pixel-level`, as in bearpaw/clothing-co-parsing.
        number: of the photo, from 1.

    Raises:
        ImageError: if it is not there.
    """
    path = Path(folder) / "photos" / f"{number:04d}.jpg"
    picture = cv2.imread(str(path))
    if picture is None:
        raise ImageError(
            f"{path.name} is not in {path.parent}. Get bearpaw/clothing-co-parsing from GitHub and "
            "name its folder."
        )
    labels = read_labels(Path(folder) / "annotations" / "pixel-level" / f"{number:04d}.mat")
    return cv2.cvtColor(picture, cv2.COLOR_BGR2RGB).astype(np.uint8), classes_of(labels)


def packed(folder: StrPath, numbers: Iterable[int], into: StrPath, name: str) -> PhotoData:
    """The photos in `STORED` size, from `into` if they were packed before."""
    photos, classes = (Path(into) / f"{name}.{kind}.npy" for kind in ("photos", "classes"))
    if not (photos.is_file() and classes.is_file()):
        sys.stdout.write(f"packing {name}\n")
        small = [_shrunk(*read_photo(folder, number)) for number in numbers]
        Path(into).mkdir(parents=True, exist_ok=True)
        np.save(photos, np.stack([one for one, _ in small]))
        np.save(classes, np.stack([one for _, one in small]))
    return PhotoData(np.load(photos, mmap_mode="r"), np.load(classes, mmap_mode="r"))


def _shrunk(photo: Bytes, classes: Bytes) -> tuple[Bytes, Bytes]:
    size = (STORED[1], STORED[0])
    return (
        cv2.resize(photo, size, interpolation=cv2.INTER_AREA).astype(np.uint8),
        cv2.resize(classes, size, interpolation=cv2.INTER_NEAREST).astype(np.uint8),
    )
