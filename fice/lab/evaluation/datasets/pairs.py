"""Pairs of photo and text in files: CSV, TSV, JSON lines, Parquet, or texts beside the photos."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

from torch import Tensor

from ....base.errors import FiceError, ImageError
from ....base.files import StrPath, read_text
from ....base.images import WRITABLE, read_image
from ..case import Asked, Case, fingerprint_of
from ..optional import require

Row = Mapping[str, object]

PAIR_FILES = ("pairs.csv", "pairs.tsv", "pairs.jsonl", "pairs.parquet")


@dataclass(frozen=True)
class Pair:
    """A photo on disk and what it should become.

    Attributes:
        id: unique, fit for a file name.
        path: of the photo.
        text: what is asked for.
        source_text: what the photo shows; may be empty.
        flaw: why its row cannot be used; empty if it can.
    """

    id: str
    path: Path
    text: str
    source_text: str = ""
    flaw: str = ""


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
        """Hash of ids, texts and sizes of the files."""
        said = [[pair.text, pair.source_text] for pair in self.pairs]
        return fingerprint_of(self.ids(), *said, [self.state(i) for i in range(len(self.pairs))])

    def state(self, index: int) -> str:
        """Size of the file of the case `index`."""
        path = self.pairs[index].path
        return str(path.stat().st_size) if path.is_file() else ""

    def __len__(self) -> int:
        """Number of cases."""
        return len(self.pairs)

    def ids(self) -> Sequence[str]:
        """The id of each case."""
        return [pair.id for pair in self.pairs]

    def asked(self, index: int) -> Asked:
        """What the case `index` is asked for."""
        pair = self.pairs[index]
        return Asked(pair.id, pair.text, pair.source_text)

    def problem(self, index: int) -> str:
        """What is wrong with the row `index`, or that its photo is missing; else empty."""
        pair = self.pairs[index]
        if pair.flaw or pair.path.is_file():
            return pair.flaw
        return f"There is no image {pair.path.name} in {pair.path.parent.absolute()}."

    def case(self, index: int) -> Case:
        """The case `index`.

        Raises:
            FiceError: if it has a `problem`, or its photo cannot be read.
        """
        pair = self.pairs[index]
        return Case(pair.id, pair.text, pair.source_text, image=self.real(index))

    def real(self, index: int) -> Tensor:
        """The photo of the case `index`.

        Raises:
            FiceError: if it has a `problem`, or its photo cannot be read.
        """
        pair = self.pairs[index]
        if problem := self.problem(index):
            raise (FiceError if pair.flaw else ImageError)(problem)
        try:
            return read_image(pair.path)
        except OSError as error:
            raise FiceError(f"{pair.path} cannot be read: {error.strerror or error}.") from None


def open_pairs(path: StrPath) -> PairCases:
    """Reads a file of pairs, or a folder.

    Args:
        path: a `.csv`, `.tsv`, `.jsonl` or `.parquet` file with the columns `image` and `text`, and
            optionally `id` and `source_text`, where `image` is relative to the file; or a folder
            with such a file called `pairs`, or with `NAME.txt` beside each `NAME.jpg`.

    Returns:
        A pair per row, or per photo with a text; those that cannot be used have a `flaw`.

    Raises:
        FiceError: if it is missing, cannot be read as a table, or has no usable pair.
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
    """The rows of a CSV, TSV, JSON lines or Parquet file.

    Raises:
        FiceError: if it is missing, damaged or of another kind.
    """
    path = Path(path)
    if not path.is_file():
        raise FiceError(f"There is no file {path}.")
    readers = {".csv": _csv, ".tsv": _tsv, ".jsonl": _json_lines, ".parquet": _parquet}
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise FiceError(f"{path.name} is not a table that can be read; use {', '.join(readers)}.")
    try:
        return reader(path)
    except (ValueError, csv.Error) as error:
        raise FiceError(f"{path.name} cannot be read as a table: {error}.") from None


def _csv(path: Path) -> list[Row]:
    return list(csv.DictReader(io.StringIO(read_text(path))))


def _tsv(path: Path) -> list[Row]:
    return list(csv.DictReader(io.StringIO(read_text(path)), delimiter="\t"))


def _json_lines(path: Path) -> list[Row]:
    # Not `splitlines`, which also ends lines where JSON allows a character within a text.
    lines = read_text(path).split("\n")
    return [_json_row(line, number) for number, line in enumerate(lines, start=1) if line.strip()]


def _json_row(line: str, number: int) -> Row:
    try:
        row: object = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"line {number} is not JSON ({error})") from None
    if not isinstance(row, dict):
        raise ValueError(f"line {number} is not a JSON object of columns and values")
    return cast("Row", row)


def _parquet(path: Path) -> list[Row]:
    table = require("pyarrow.parquet", "Reading Parquet").read_table(path)
    rows: list[Row] = table.to_pylist()
    return rows


def _pair(row: Row, number: int, path: Path) -> Pair:
    missing = [name for name in ("image", "text") if not _field(row, name)]
    flaw = f"Row {number} of {path.name} has no {' and no '.join(missing)}." if missing else ""
    image = _field(row, "image")
    name = _field(row, "id") or file_id(image) or f"row-{number}"
    return Pair(name, path.parent / image, _field(row, "text"), _field(row, "source_text"), flaw)


def _field(row: Row, name: str) -> str:
    value = row.get(name)
    return "" if value is None else str(value).strip()


def _beside(folder: Path) -> list[Pair]:
    photos = sorted(one for one in folder.iterdir() if one.suffix.lower() in WRITABLE)
    return [
        _captioned(photo, text) for photo in photos if (text := photo.with_suffix(".txt")).is_file()
    ]


def _captioned(photo: Path, caption: Path) -> Pair:
    try:
        text = read_text(caption).strip()
    except FiceError as error:
        return Pair(photo.stem, photo, "", flaw=str(error))
    return Pair(photo.stem, photo, text, flaw="" if text else f"{caption} has no text.")


def file_id(name: str) -> str:
    """`name` without its suffix, as the name of one file; empty if it names none."""
    path = Path(name)
    return path.with_suffix("").as_posix().strip("/.").replace("/", "_") if path.name else ""


def unique(pairs: Iterable[Pair]) -> tuple[Pair, ...]:
    """`pairs` with a number behind each id that came before."""
    seen: dict[str, int] = {}
    result: list[Pair] = []
    for pair in pairs:
        count = seen[pair.id] = seen.get(pair.id, 0) + 1
        name = pair.id if count == 1 else f"{pair.id}-{count}"
        result.append(replace(pair, id=name))
    return tuple(result)


def _checked(name: str, pairs: Sequence[Pair], path: Path) -> PairCases:
    if not pairs:
        raise FiceError(
            f"{path} has no pair of photo and text; give a folder with photos and {PAIR_FILES[0]} "
            "(columns image, text) or with NAME.txt beside each NAME.jpg."
        )
    if all(pair.flaw for pair in pairs):
        raise FiceError(pairs[0].flaw)
    return PairCases(name, unique(pairs))
