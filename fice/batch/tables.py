"""What came of a job as tables: a report for each edit, and the rows that failed."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import IO, Any

from .journal import Journal
from .values import Row

ERRORS = "errors.csv"
ERROR_COLUMNS = ("row", "photo", "text", "reason", "tries")
ROWS_AT_ONCE = 1000  # of a Parquet file; so many reports are in memory
FIGURES = (
    "steps",
    "loss",
    "clip_before",
    "clip_generated",
    "clip_after",
    "named_right",
    "unnamed_kept",
    "reconstruction_error",
    "changed_share",
    "seconds",
)
Line = Mapping[str, Any]


def write_reports(journal: Journal, keys: Mapping[str, object]) -> str:
    """Writes the reports of the edits that are done.

    Returns:
        The name of the file: `reports.parquet`, or `reports.jsonl` where pyarrow is missing.
    """
    done = (_reported(line) for line in journal.lines(keys) if "file" in line)
    try:
        import pyarrow
    except ImportError:
        name, write = "reports.jsonl", _write_jsonl
    else:
        del pyarrow
        name, write = "reports.parquet", _write_parquet
    with journal.results.replacing(name) as file:
        write(file, done)
    return name


def write_errors(
    journal: Journal, keys: Mapping[str, object], unreadable: Sequence[tuple[Row, str]]
) -> bool:
    """Writes the table of what failed; whether anything did, or else there is no table."""
    failed = [
        (line["row"]["number"], line["row"]["named"], line["row"]["text"], *_why(line))
        for line in journal.lines(keys)
        if "reason" in line
    ]
    failed += [(row.number, row.named, row.text, reason, 0) for row, reason in unreadable]
    if not failed:
        journal.results.remove(ERRORS)
        return False
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(ERROR_COLUMNS)
    writer.writerows(sorted(failed))
    journal.results.write(ERRORS, text.getvalue().encode())
    return True


def _why(line: Line) -> tuple[str, int]:
    return line["reason"], line["tries"]


def _reported(line: Line) -> dict[str, Any]:
    """A line of the table: the row, the figures that all edits have, and the whole report."""
    row, report = line["row"], line["report"]
    figures = {name: _number(report.get(name)) for name in FIGURES}
    file = report.get("file", {})
    return {
        "row": row["number"],
        "photo": row["named"],
        "text": row["text"],
        "mask": row["mask"],
        "seed": str(row["seed"]),  # as large as 2^64, which some readers of Parquet are not
        "negative": row["negative"],
        "file": line["file"],
        "key": line["key"],
        "tries": line["tries"],
        **figures,
        "max_change_outside": _number(file.get("max_change_outside")),
        "warnings": [*report.get("warnings", []), *file.get("not_kept", [])],
        "report": json.dumps(report, ensure_ascii=False),
    }


def _number(value: object) -> float | None:
    """A figure, or that of the one image of a list."""
    first = value[0] if isinstance(value, list) and value else value
    return float(first) if isinstance(first, int | float) else None


def _write_jsonl(file: IO[bytes], lines: Iterable[dict[str, Any]]) -> None:
    for line in lines:
        file.write(json.dumps(line, ensure_ascii=False).encode() + b"\n")


def _write_parquet(file: IO[bytes], lines: Iterator[dict[str, Any]]) -> None:
    import pyarrow as pa
    from pyarrow.parquet import ParquetWriter

    texts = ("photo", "text", "mask", "seed", "negative", "file", "key")
    schema: Any = pa.schema(
        [
            ("row", pa.int64()),
            *((name, pa.string()) for name in texts),
            ("tries", pa.int64()),
            *((name, pa.float64()) for name in (*FIGURES, "max_change_outside")),
            ("warnings", pa.list_(pa.string())),
            ("report", pa.string()),
        ]
    )
    with ParquetWriter(file, schema) as writer:
        while some := list(islice(lines, ROWS_AT_ONCE)):
            writer.write_table(pa.Table.from_pylist(some, schema))
