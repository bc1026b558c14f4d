"""Data sets by the words that name them on the command line."""

from __future__ import annotations

from pathlib import Path

from ....base.errors import FiceError
from ....base.files import StrPath
from ..case import CaseSet
from .deepfashion import open_deepfashion
from .demo import DemoCases
from .fashion_gen import open_fashion_gen
from .pairs import open_pairs
from .viton import open_viton

__all__ = ["open_cases"]

LAYOUTS = ("viton", "fashion-gen", "deepfashion-mm")


def open_cases(spec: str, texts: StrPath | None = None, category: str = "") -> CaseSet:
    """The data set that `spec` names.

    Args:
        spec: `demo`, a folder or file of pairs (see `open_pairs`), or one of the public layouts:
            `viton:FOLDER`, `fashion-gen:FILE.h5`, `deepfashion-mm:FOLDER`.
        texts: of the garments, for VITON.
        category: of Fashion-Gen; empty for all.

    Raises:
        FiceError: if it cannot be used.
    """
    if spec == "demo":
        return DemoCases()
    layout, _, place = spec.partition(":")
    if layout not in LAYOUTS or not place:
        if not Path(spec).exists():
            raise FiceError(
                f"There is no data set {spec}; give `demo`, a folder or file of pairs, or "
                f"{', '.join(f'{name}:PATH' for name in LAYOUTS)}."
            )
        return open_pairs(Path(spec))
    path = Path(place)
    if layout == "viton":
        return open_viton(path, texts)
    return open_fashion_gen(path, category) if layout == "fashion-gen" else open_deepfashion(path)
