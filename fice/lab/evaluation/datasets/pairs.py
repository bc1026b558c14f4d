"""Pairs of photo and text in files: CSV, JSON lines, Parquet, or text files beside the photos."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from torch import Tensor

from ....base.errors import FiceError
from ....base.files import StrPath
from ....base.images import WRITABLE, read_image
from ..case import Case, fingerprint_of
from ..optional import require

Row = Mapping[str, object]

PAIR_FILES = ("pairs.csv", "pairs.jsonl", "pairs.parquet")


@dataclass(frozen=True)
class Pair:
    """A photo on disk and what it should become.

    Attributes:
        id: unique, fit for a file name.
        path: of the photo.
        text: what is asked for.
        source_text: what the photo shows; may be empty.
    """

    id: str
    path: Path
    text: str
    source_text: str = ""


@dataclass(frozen=True)
class PairCases:
    """Cases of photos on disk; the photos themselves are the real ones of set distances.

    Attributes:
        name: in reports.
        pairs: one per case.
    """

    name: str
    pairs: tuple[Pair, ...]

    @property
    def fingerprint(self) -> str:
        """Hash of ids and texts."""
        return fingerprint_of(self.ids(), [pair.text for pair in self.pairs])

    def __len__(self) -> int:
        """Number of cases."""
        return len(self.pairs)

    def ids(self) -> Sequence[str]:
        """The id of each case."""
        return [pair.id for pair in self.pairs]

    def case(self, index: int) -> Case:
        """The case `index`.

        Raises:
            ImageError: if its photo cannot be read.
        """
        pair = self.pairs[index]
        return Case(pair.id, read_image(pair.path), pair.text, pair.source_text)

    def real(self, index: int) -> Tensor:
        """The photo of the case `index`.

        Raises:
            ImageError: if it cannot be read.
        """
        return read_image(self.pairs[index].path)


def open_pairs(path: StrPath) -> PairCases:
    """Reads a file of pairs, or a folder.

    Args:
        path: a `.csv`, `.jsonl` or `.parquet` file with the columns `image` and `text`, and
            optionally `id` and `source_text`, where `image` is relative to the file; or a folder
            with such a file called `pairs`, or with `NAME.txt` beside each `NAME.jpg`.

    Raises:
        FiceError: if it is missing or has no usable pair.
    """
    path = Path(path)
    if path.is_dir():
        listed = [path / name for name in PAIR_FILES if (path / name).is_file()]
        if not listed:
            return _checked(path.name, _beside(path), path)
        path = listed[0]
    rows = read_rows(path)
    pairs = [_pair(row, number, path) for number, row in enumerate(rows, start=1)]
    return _checked(path.parent.name if path.name in PAIR_FILES else path.stem, pairs, path)


def read_rows(path: StrPath) -> list[Row]:
    """The rows of a CSV, JSON lines or Parquet file.

    Raises:
        FiceError: if it is missing, damaged or of another kind.
    """
    path = Path(path)
    if not path.is_file():
        raise FiceError(f"There is no file {path}.")
    readers = {".csv": _csv, ".jsonl": _json_lines, ".parquet": _parquet}
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise FiceError(f"{path.name} is not a table that can be read; use {', '.join(readers)}.")
    try:
        return reader(path)
    except (ValueError, csv.Error) as error:
        raise FiceError(f"{path.name} cannot be read as a table: {error}.") from None


def _csv(path: Path) -> list[Row]:
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"))))


def _json_lines(path: Path) -> list[Row]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines if line.strip()]


def _parquet(path: Path) -> list[Row]:
    table = require("pyarrow.parquet", "Reading Parquet").read_table(path)
    rows: list[Row] = table.to_pylist()
    return rows


def _pair(row: Row, number: int, path: Path) -> Pair:
    missing = [name for name in ("image", "text") if not _field(row, name)]
    if missing:
        raise FiceError(f"Row {number} of {path.name} has no {' and no '.join(missing)}.")
    image = _field(row, "image")
    name = _field(row, "id") or file_id(image)
    return Pair(name, path.parent / image, _field(row, "text"), _field(row, "source_text"))


def _field(row: Row, name: str) -> str:
    value = row.get(name)
    return "" if value is None else str(value).strip()


def _beside(folder: Path) -> list[Pair]:
    photos = sorted(one for one in folder.iterdir() if one.suffix.lower() in WRITABLE)
    return [
        Pair(photo.stem, photo, text.read_text(encoding="utf-8").strip())
        for photo in photos
        if (text := photo.with_suffix(".txt")).is_file()
    ]


def file_id(name: str) -> str:
    """`name` without its suffix, as the name of one file."""
    return Path(name).with_suffix("").as_posix().strip("/.").replace("/", "_")


def unique(pairs: Iterable[Pair]) -> tuple[Pair, ...]:
    """`pairs` with a number behind each id that came before."""
    seen: dict[str, int] = {}
    result: list[Pair] = []
    for pair in pairs:
        count = seen[pair.id] = seen.get(pair.id, 0) + 1
        name = pair.id if count == 1 else f"{pair.id}-{count}"
        result.append(Pair(name, pair.path, pair.text, pair.source_text))
    return tuple(result)


def _checked(name: str, pairs: Sequence[Pair], path: Path) -> PairCases:
    if not pairs:
        raise FiceError(
            f"{path} has no pair of photo and text; give a folder with photos and {PAIR_FILES[0]} "
            "(columns image, text) or with NAME.txt beside each NAME.jpg."
        )
    return PairCases(name, unique(pairs))
