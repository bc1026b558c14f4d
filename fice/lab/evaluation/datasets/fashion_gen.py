"""Fashion-Gen (arXiv 1806.08317): photos and descriptions in one HDF5 file per split.

Datasets of the file that are read: `input_image` `[N, H, W, 3]` bytes; `input_description`,
`input_category`, `input_pose` and `input_productID` `[N]` or `[N, 1]`, texts in Latin-1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor

from ....base.errors import FiceError
from ....base.files import StrPath
from ....base.images import to_float
from ..case import Asked, Case, fingerprint_of
from ..optional import require
from .texts import exchanged

FRONT = "id_gridfs_1"  # the pose of a product's first photo, from the front
ENCODING = "latin-1"
IMAGES = "input_image"


@dataclass(frozen=True)
class FashionGenCases:
    """Front photos of a Fashion-Gen file, each with the description of another garment.

    Attributes:
        name: in reports.
        path: the HDF5 file; photos are read when they are needed.
        rows: of the photos in the file.
        texts: what is asked for.
        source_texts: the photos' own descriptions.
        products: the products' ids.
    """

    name: str
    path: Path
    rows: tuple[int, ...]
    texts: tuple[str, ...]
    source_texts: tuple[str, ...]
    products: tuple[str, ...]

    @property
    def fingerprint(self) -> str:
        """Hash of ids, texts and the size of the file."""
        return fingerprint_of(self.ids(), self.texts, self.source_texts, [self.state()])

    def state(self, index: int = 0) -> str:  # noqa: ARG002 - all photos lie in one file
        """Size of the file."""
        return str(self.path.stat().st_size)

    def __len__(self) -> int:
        """Number of cases."""
        return len(self.rows)

    def ids(self) -> Sequence[str]:
        """The id of each case: product and row."""
        return [self._id(index) for index in range(len(self))]

    def asked(self, index: int) -> Asked:
        """What the case `index` is asked for."""
        return Asked(self._id(index), self.texts[index], self.source_texts[index])

    def problem(self, index: int) -> str:
        """Empty: what a photo is shows only when it is read."""
        del index
        return ""

    def case(self, index: int) -> Case:
        """The case `index`.

        Raises:
            FiceError: if its photo cannot be read.
        """
        text, own = self.texts[index], self.source_texts[index]
        return Case(self._id(index), text, own, image=self.real(index))

    def real(self, index: int) -> Tensor:
        """The photo of the case `index`.

        Raises:
            FiceError: if it cannot be read.
        """
        row = self.rows[index]
        try:
            with _open(self.path) as file:
                pixels = np.asarray(file[IMAGES][row], np.uint8)
        except (OSError, ValueError, IndexError) as error:
            raise FiceError(f"Photo {row} of {self.path.name} cannot be read: {error}.") from None
        return to_float(pixels)

    def _id(self, index: int) -> str:
        return f"{self.products[index]}-{self.rows[index]}"


def open_fashion_gen(path: StrPath, category: str = "") -> FashionGenCases:
    """The front photos in `path`, of one category if it is named (as the file spells it).

    Raises:
        FiceError: if the file is missing, of another layout, or has no such photo.
    """
    path = Path(path)
    with _open(path) as file:
        _check_has(file, IMAGES)
        said = _column(file, "input_description")
        kinds = _column(file, "input_category")
        poses = _column(file, "input_pose")
        products = _column(file, "input_productID")
    rows = [
        row
        for row, (text, kind, pose) in enumerate(zip(said, kinds, poses, strict=True))
        if text and pose == FRONT and category in ("", kind)
    ]
    if not rows:
        known = ", ".join(sorted(set(kinds)))
        wanted = f" of the category {category!r}" if category else ""
        raise FiceError(f"{path.name} has no front photo{wanted}; it has {known}.")
    own = [said[row] for row in rows]
    return FashionGenCases(
        name=f"fashion-gen:{path.stem}{f':{category}' if category else ''}",
        path=path,
        rows=tuple(rows),
        # Of its own category: nobody asks for shoes where a shirt is.
        texts=tuple(exchanged(own, [kinds[row] for row in rows])),
        source_texts=tuple(own),
        products=tuple(products[row] for row in rows),
    )


def descriptions(path: StrPath) -> list[str]:
    """All different descriptions in `path`, in the order of the file.

    Raises:
        FiceError: if the file is missing, of another layout, or describes nothing.
    """
    path = Path(path)
    with _open(path) as file:
        said = [text for text in _column(file, "input_description") if text]
    if not said:
        raise FiceError(f"{path.name} has no description.")
    return list(dict.fromkeys(said))


def _open(path: Path) -> Any:  # noqa: ANN401 - h5py comes without types
    h5py = require("h5py", "Reading Fashion-Gen")
    if not path.is_file():
        raise FiceError(f"There is no file {path}.")
    try:
        return h5py.File(path, "r")
    except OSError:
        raise FiceError(f"{path.name} is not an HDF5 file that can be read.") from None


def _column(file: Any, name: str) -> list[str]:  # noqa: ANN401 - h5py comes without types
    _check_has(file, name)
    return [_text(value) for value in np.asarray(file[name]).reshape(-1).tolist()]


def _check_has(file: Any, name: str) -> None:  # noqa: ANN401 - h5py comes without types
    if name not in file:
        raise FiceError(f"The HDF5 file has no {name}; it is not a split of Fashion-Gen.")


def _text(value: object) -> str:
    return (value.decode(ENCODING) if isinstance(value, bytes) else str(value)).strip()
