"""Rows of single edits as one table, and as arrays that are aligned by case."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import cast

import numpy as np
from numpy.typing import NDArray

from ...base.files import StrPath, write_whole
from .bootstrap import Floats
from .measures import METRICS
from .optional import require
from .parts import Row

NUMBERS: tuple[str, ...] = (*METRICS, "seconds", "steps")
PARQUET_PURPOSE = "Writing results.parquet"
TEXTS = ("method", "case", "text", "source_text", "wanted", "error")


@dataclass(frozen=True, eq=False)
class MethodResults:
    """What a method achieved.

    Attributes:
        name: of the method.
        columns: each metric per case, `[N]` over all cases of the evaluation, NaN where there is
            none; the mean over the seeds.
        by_seed: mean of each metric over the cases, for each seed.
        shown: the seed whose pictures stand for a case, the first that has any, by the case's id.
        tried: number of edits.
        failed: the rows of failed edits.
    """

    name: str
    columns: Mapping[str, Floats]
    by_seed: Mapping[int, Mapping[str, float]]
    shown: Mapping[str, int]
    tried: int
    failed: tuple[Row, ...]

    @property
    def cases(self) -> int:
        """Number of cases with a result."""
        return int(self.have.sum())

    @property
    def have(self) -> NDArray[np.bool_]:
        """Which cases have a result, `[N]`."""
        return ~np.isnan(self.columns["seconds"])


def by_method(
    rows: Sequence[Row], methods: Sequence[str], cases: Sequence[str]
) -> list[MethodResults]:
    """The rows as arrays, one entry per method in the given order."""
    results: list[MethodResults] = []
    for name in methods:
        own = [row for row in rows if row["method"] == name]
        failed = tuple(row for row in own if row["error"])
        columns = {number: _per_case(own, number, cases) for number in NUMBERS}
        by_seed, shown = _by_seed(own, cases), _shown(own)
        results.append(MethodResults(name, columns, by_seed, shown, len(own), failed))
    return results


def _shown(rows: Sequence[Row]) -> dict[str, int]:
    """The first seed in the order of the rows that a case has a result of."""
    found: dict[str, int] = {}
    for row in rows:
        if not row["error"]:
            found.setdefault(str(row["case"]), int(str(row["seed"])))
    return found


def _by_seed(rows: Sequence[Row], cases: Sequence[str]) -> dict[int, dict[str, float]]:
    found: dict[int, dict[str, float]] = {}
    for seed in sorted({int(str(row["seed"])) for row in rows}):
        own = [row for row in rows if row["seed"] == seed]
        columns = {number: _per_case(own, number, cases) for number in NUMBERS}
        found[seed] = {
            number: float(np.nanmean(column))
            for number, column in columns.items()
            if not np.isnan(column).all()
        }
    return found


def _per_case(rows: Sequence[Row], number: str, cases: Sequence[str]) -> Floats:
    values: dict[str, list[float]] = {}
    for row in rows:
        value = row.get(number)
        if isinstance(value, (int, float)):
            values.setdefault(str(row["case"]), []).append(float(value))
    return np.array([np.mean(values[case]) if case in values else np.nan for case in cases], float)


def write_parquet(path: StrPath, rows: Sequence[Row]) -> None:
    """Writes all rows as one Parquet table; `wanted` is JSON.

    Raises:
        FiceError: if pyarrow is missing or the file cannot be written.
    """
    arrow = require("pyarrow", PARQUET_PURPOSE)
    parquet = require("pyarrow.parquet", PARQUET_PURPOSE)
    fields = [(name, arrow.string()) for name in TEXTS]
    fields += [("seed", arrow.uint64()), *((name, arrow.float64()) for name in NUMBERS)]
    schema = arrow.schema(fields)
    table = arrow.Table.from_pylist([_flat(row) for row in rows], schema=schema)
    buffer = BytesIO()
    parquet.write_table(table, buffer)
    write_whole(path, buffer.getvalue())


def _flat(row: Row) -> Row:
    flat: Row = {name: row.get(name) for name in (*TEXTS, "seed")}
    for name in NUMBERS:
        value = row.get(name)
        flat[name] = float(value) if isinstance(value, (int, float)) else None
    wanted = cast("Mapping[str, str]", row["wanted"])
    return flat | {"wanted": json.dumps(wanted, ensure_ascii=False)}
