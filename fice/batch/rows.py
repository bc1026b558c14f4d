"""From a folder or a table, and texts, to rows."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from ..base.errors import FiceError
from ..base.files import StrPath
from .places import beside, is_folder, is_url, photos_in, read_bytes
from .values import Row

COLUMNS = ("photo", "text", "mask", "seed", "negative", "name")
TABLES = (".csv", ".jsonl", ".parquet")
MAX_SEED = (1 << 64) - 1  # as `fice.pipeline.edit.MAX_SEED`, which would bring torch

Cells = Mapping[str, object]


@dataclass(frozen=True)
class Asked:
    """What is asked for of every row that does not say it itself.

    Attributes:
        texts: each photo gets each of them; empty where a table has a column `text`.
        seed: of all randomness.
        negative: what the edits should not be.
    """

    texts: tuple[str, ...] = ()
    seed: int = 0
    negative: str = ""


def read_rows(photos: str, asked: Asked, out: StrPath | None = None) -> list[Row]:
    """All rows of a job.

    Args:
        photos: a folder, a table (CSV, JSONL or Parquet, with the columns `photo` and `text`, and
            if wanted `mask`, `seed`, `negative`, `name`), or the URL of one.
        asked: what the table does not say.
        out: the folder of the results, which is not searched.

    Raises:
        FiceError: if there is nothing to do, or a row says what cannot be done.
    """
    if is_folder(photos):
        rows = _of_folder(photos, asked, out)
    elif (suffix := Path(photos).suffix.lower()) in TABLES:
        rows = _of_table(photos, suffix, asked)
    else:
        raise FiceError(
            f"{photos} is neither a folder nor a table; name a folder with photos, or a table that "
            f"ends in {', '.join(TABLES)}."
        )
    if not rows:
        raise FiceError(f"{photos} holds no photo, so there is nothing to do.")
    return rows


def _of_folder(folder: str, asked: Asked, out: StrPath | None) -> list[Row]:
    if not asked.texts:
        raise FiceError("There is no text; give at least one with --text.")
    found = photos_in(folder, out)
    pairs = ((one, text) for one in found for text in asked.texts)
    return [
        Row(
            number,
            one.place,
            one.named,
            text,
            seed=asked.seed,
            negative=asked.negative,
            identity=one.identity,
        )
        for number, (one, text) in enumerate(pairs, start=1)
    ]


def _of_table(table: str, suffix: str, asked: Asked) -> list[Row]:
    lines = list(_READERS[suffix](table))
    columns = set().union(*(line.keys() for line in lines)) if lines else set(COLUMNS)
    _check_columns(table, columns, asked)
    rows: list[Row] = []
    for number, line in enumerate(lines, start=1):
        texts = asked.texts or (_text(line, "text"),)
        for text in texts:
            rows.append(_row(table, number, len(rows) + 1, line, text, asked))
    return rows


def _check_columns(table: str, columns: Iterable[str], asked: Asked) -> None:
    found = {str(one) for one in columns}
    if unknown := sorted(found - {*COLUMNS}):
        raise FiceError(
            f"{table} has columns that mean nothing here: {', '.join(unknown)}. Known are "
            f"{', '.join(COLUMNS)}; rename or remove the others."
        )
    if "photo" not in found:
        raise FiceError(f"{table} has no column 'photo'; it has {', '.join(sorted(found))}.")
    if "text" in found and asked.texts:
        raise FiceError(f"{table} has a column 'text', and --text is given too; keep one of them.")
    if "text" not in found and not asked.texts:
        raise FiceError(f"{table} has no column 'text'; add one, or give --text.")


def _row(table: str, line: int, number: int, cells: Cells, text: str, asked: Asked) -> Row:
    where = f"{table}, row {line}"
    photo, mask = _text(cells, "photo"), _text(cells, "mask")
    if not photo:
        raise FiceError(f"{where} has no photo.")
    if not text.strip():
        raise FiceError(f"{where} has no text; write e.g. 'a red dress'.")
    return Row(
        number,
        beside(table, photo),
        photo,
        text,
        beside(table, mask) if mask else "",
        _seed(where, cells.get("seed"), asked.seed),
        _text(cells, "negative") or asked.negative,
        _name(where, _text(cells, "name")),
    )


def _text(cells: Cells, column: str) -> str:
    value = cells.get(column)
    return "" if value is None else str(value).strip()


def _seed(where: str, value: object, otherwise: int) -> int:
    if value is None or str(value).strip() == "":
        return otherwise
    try:
        seed = int(str(value))
    except ValueError:
        seed = -1
    if not 0 <= seed <= MAX_SEED:
        raise FiceError(f"{where}: the seed {value!r} is not a whole number from 0 to {MAX_SEED}.")
    return seed


def _name(where: str, name: str) -> str:
    if any(sign in name for sign in '/\\:*?"<>|\0') or name.startswith("."):
        raise FiceError(f"{where}: {name!r} cannot be the name of a file; use letters and digits.")
    return name


def _csv(table: str) -> Iterator[Cells]:
    reader = csv.DictReader(io.StringIO(_content(table)))
    for line in reader:
        if None in line or None in line.values():
            raise FiceError(
                f"{table}, line {reader.line_num} has not as many cells as the first line has "
                "columns; put texts with commas in quotes."
            )
        yield cast("Cells", line)


def _jsonl(table: str) -> Iterator[Cells]:
    for number, line in enumerate(_content(table).splitlines(), start=1):
        if not line.strip():
            continue
        try:
            cells = json.loads(line)
        except json.JSONDecodeError as error:
            raise FiceError(f"{table}, line {number} is not JSON: {error.msg}.") from None
        if not isinstance(cells, dict):
            raise FiceError(f'{table}, line {number} is no object; write {{"photo": …}}.')
        yield cast("Cells", cells)


def _parquet(table: str) -> Iterator[Cells]:
    try:
        from pyarrow import ArrowInvalid, BufferReader
        from pyarrow.parquet import read_table
    except ImportError:
        raise FiceError(
            f"{table} needs the package pyarrow: pip install 'fice-nodes[batch]'."
        ) from None
    try:
        read: Any = read_table(BufferReader(_bytes(table)))
    except ArrowInvalid as error:
        raise FiceError(f"{table} is not a Parquet file: {error}.") from None
    yield from cast("Sequence[Cells]", read.to_pylist())


def _content(table: str) -> str:
    try:
        return _bytes(table).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise FiceError(f"{table} is not text in UTF-8. Save it again so.") from None


def _bytes(table: str) -> bytes:
    try:
        return read_bytes(table)
    except OSError as error:
        what = error.strerror if not is_url(table) else None
        raise FiceError(f"{table} cannot be read: {what or error}.") from None


_READERS = {".csv": _csv, ".jsonl": _jsonl, ".parquet": _parquet}
