"""Whether two ways made the same pictures."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from PIL import Image

from .job import TEXTS


def compare(reference: Path, other: Path) -> dict[str, object] | None:
    """How the pictures that both folders have differ; None if there are none.

    Levels are those of 8 bits, of 0 to 255.
    """
    ours, theirs = _by_edit(reference), _by_edit(other)
    both = sorted(ours.keys() & theirs.keys())
    if not both:
        return None
    largest = [_largest(ours[key], theirs[key]) for key in both]
    return {
        "pictures": len(both),
        "bit_equal": sum(one == 0 for one in largest),
        "at_most_one_level": sum(one <= 1 for one in largest),
        "largest_difference": max(largest),
        "pixels_that_differ": round(_share(ours, theirs), 6),
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


def _largest(one: Path, other: Path) -> int:
    return int(np.abs(_pixels(one) - _pixels(other)).max())


def _share(ours: Mapping[str, Path], theirs: Mapping[str, Path]) -> float:
    both = ours.keys() & theirs.keys()
    differ = [(_pixels(ours[key]) != _pixels(theirs[key])).any(axis=2).mean() for key in both]
    return float(np.mean(differ))


def _pixels(path: Path) -> np.ndarray:
    return np.asarray(Image.open(path).convert("RGB")).astype(int)
