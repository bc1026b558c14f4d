"""VITON and VITON-HD: test pairs of a person's photo and a garment (arXiv 1711.08447, 2103.16874).

Layout: `test_pairs.txt` or `viton_test_pairs.txt`, each line `PERSON.jpg GARMENT.jpg`, and the
photos in `test/image` or `image` below it. Neither set has texts: give those of the garments.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ....base.errors import FiceError
from ....base.files import StrPath, read_text
from .fashion_gen import descriptions
from .pairs import Pair, PairCases, unique
from .texts import SHUFFLE_SEED, texts_by_garment

PAIR_LISTS = ("test_pairs.txt", "viton_test_pairs.txt")
IMAGE_FOLDERS = ("test/image", "image", "test_img")
HDF5 = (".h5", ".hdf5")


def open_viton(root: StrPath, texts: StrPath | None) -> PairCases:
    """The test pairs below `root`, in the order of the list.

    Args:
        root: folder of the data set.
        texts: texts of the garments, see `texts_by_garment`; or a Fashion-Gen HDF5 file, of which
            each pair gets a random description (the paper's RQ4). Pairs whose garment has no text
            are left out.

    Raises:
        FiceError: if files are missing.
    """
    root = Path(root)
    texts = None if texts is None else Path(texts)
    if texts is None:
        raise FiceError(
            "VITON has no texts. Give --texts: JSON of garment and text, a table with the columns "
            "garment and text, or a Fashion-Gen HDF5 file."
        )
    pairs = _listed(root)
    folder = _first(root, IMAGE_FOLDERS, "photos")
    if texts.suffix.lower() in HDF5:
        said = descriptions(texts)
        random = np.random.default_rng(SHUFFLE_SEED)
        chosen = [said[int(i)] for i in random.integers(len(said), size=len(pairs))]
    else:
        table = texts_by_garment(texts)
        chosen = [table.get(Path(garment).stem, "") for _, garment in pairs]
    cases = [
        Pair(f"{Path(person).stem}_{Path(garment).stem}", folder / person, text)
        for (person, garment), text in zip(pairs, chosen, strict=True)
        if text
    ]
    if not cases:
        raise FiceError(f"None of the garments in {root.name} has a text in {texts.name}.")
    return PairCases(f"viton:{root.name}", unique(cases))


def _listed(root: Path) -> list[tuple[str, str]]:
    path = _first(root, PAIR_LISTS, "list of test pairs")
    lines = [line.split() for line in read_text(path).splitlines()]
    wrong = [number for number, words in enumerate(lines, start=1) if len(words) not in (0, 2)]
    if wrong:
        raise FiceError(f"Line {wrong[0]} of {path.name} does not name a photo and a garment.")
    return [(words[0], words[1]) for words in lines if words]


def _first(root: Path, names: tuple[str, ...], what: str) -> Path:
    found = [root / name for name in names if (root / name).exists()]
    if not found:
        raise FiceError(f"{root} has no {what}; expected {' or '.join(names)}.")
    return found[0]
