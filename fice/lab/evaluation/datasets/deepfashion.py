"""DeepFashion-MultiModal (arXiv 2205.15996): photos and one caption each.

Layout: `images/*.jpg` and `captions.json`, an object of file name and caption. Names start with
the wearer's sex and the kind of garment, as in `WOMEN-Tees_Tanks-id_00000001-02_4_full.jpg`.
"""

from __future__ import annotations

from pathlib import Path

from ....base.errors import FiceError
from ....base.files import StrPath
from .pairs import Pair, PairCases
from .texts import exchanged, phrase, read_object

CAPTIONS = "captions.json"
IMAGES = "images"


def open_deepfashion(root: StrPath) -> PairCases:
    """The photos below `root`, each with the caption of another one of the same kind.

    Raises:
        FiceError: if the captions are missing or none belongs to a photo.
    """
    root = Path(root)
    said = {name: phrase(text) for name, text in read_object(root / CAPTIONS).items()}
    names = sorted(name for name, text in said.items() if text and (root / IMAGES / name).is_file())
    if not names:
        raise FiceError(f"No caption of {CAPTIONS} belongs to a photo in {root / IMAGES}.")
    own = [said[name] for name in names]
    wanted = exchanged(own, [_kind(name) for name in names])
    pairs = [
        Pair(Path(name).stem, root / IMAGES / name, text, source)
        for name, text, source in zip(names, wanted, own, strict=True)
    ]
    return PairCases(f"deepfashion-mm:{root.name}", tuple(pairs))


def _kind(name: str) -> tuple[str, ...]:
    """Sex and garment, e.g. `("WOMEN", "Tees_Tanks")`."""
    return tuple(name.split("-")[:2])
