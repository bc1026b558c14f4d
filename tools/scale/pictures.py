"""Whether two ways made the same pictures."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from PIL import Image

from .job import TEXTS


def compare(reference: Path, other: Path) -> dict[str, object] | None:
    """How the pictures that both folders have differ; None if there are none.

    Differences are levels of 8 bits, the reference less the other.
    """
    ours, theirs = _by_edit(reference), _by_edit(other)
    both = sorted(ours.keys() & theirs.keys())
    if not both:
        return None
    differences = [_pixels(ours[key]) - _pixels(theirs[key]) for key in both]
    return {
        "pictures": len(both),
        "bit_equal": sum(not one.any() for one in differences),
        "least_difference": min(int(one.min()) for one in differences),
        "largest_difference": max(int(one.max()) for one in differences),
        "values_that_differ": round(float(np.mean([(one != 0).mean() for one in differences])), 6),
    }


def _by_edit(folder: Path) -> Mapping[str, Path]:
    """The pictures by what all ways call them: the figure and the number of the text."""
    slugs = {"-" + one.replace(" ", "-"): number for number, one in enumerate(TEXTS)}
    found: dict[str, Path] = {}
    for path in (folder / "pictures").glob("*.png"):
        stem = path.stem.rpartition("-")[0]  # without the digits of the key
        figure = stem[: len("figure-00")]
        found[f"{figure}-{slugs[stem.removeprefix(figure)]:02}"] = path
    return found or {path.stem: path for path in folder.glob("*.png")}


def _pixels(path: Path) -> np.ndarray:
    return np.asarray(Image.open(path).convert("RGB")).astype(int)
