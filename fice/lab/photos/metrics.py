"""Intersections and unions of the parts that an edit is about, summed over photos."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from ...networks.perceptors.photo_regions import PHOTO_CLASSES

GROUPS = {
    "person": PHOTO_CLASSES[1:],
    "upper body garment": ("upper", "dress", "outerwear"),
    "hair and face": ("hair", "face"),
    "lower garment": ("lower",),
    "garment": ("upper", "lower", "dress", "outerwear"),
    **{name: (name,) for name in PHOTO_CLASSES if name != "lower"},
}
"""Classes that count as one."""


def overlaps(
    pairs: Iterable[tuple[NDArray[np.uint8], NDArray[np.uint8]]],
) -> dict[str, float]:
    """Intersection over union of each group of classes over all pixels of all photos.

    Args:
        pairs: predicted and true classes `[h, w]` of each photo.
    """
    count = len(PHOTO_CLASSES)
    confusion = np.zeros((count, count), np.int64)
    for predicted, true in pairs:
        known = true < count
        joint = true[known].astype(np.int64) * count + predicted[known]
        confusion += np.bincount(joint, minlength=count * count).reshape(count, count)
    return {name: _overlap(confusion, members) for name, members in GROUPS.items()}


def _overlap(confusion: NDArray[np.int64], members: tuple[str, ...]) -> float:
    inside = [PHOTO_CLASSES.index(name) for name in members]
    both = confusion[np.ix_(inside, inside)].sum()
    either = confusion[inside].sum() + confusion[:, inside].sum() - both
    return float(both / max(either, 1))
