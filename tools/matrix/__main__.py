"""The command line; see the docstring of the package."""

from __future__ import annotations

import argparse
import datetime
import json
import sys
from pathlib import Path

from tools import matrix
from tools.matrix.rows import ROWS
from tools.matrix.run import run_row
from tools.matrix.table import PAGE, table, write_table

RESULTS = PAGE.with_name("matrix.json")


def main() -> int:
    """Runs the rows that are asked for; 1 if a test failed in one."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.matrix", description=(matrix.__doc__ or "").partition("\n")[0]
    )
    names = [row.name for row in ROWS]
    parser.add_argument("--only", choices=names, action="append", help="default: all rows")
    parser.add_argument("--index", help="where pip gets torch, e.g. a place of builds for CPUs")
    parser.add_argument("--json", type=Path, default=RESULTS, help="default: %(default)s")
    parser.add_argument("--keep", type=Path, help="make environments here, or use those that are")
    options = parser.parse_args()
    known = json.loads(options.json.read_text(encoding="utf-8")) if options.json.exists() else {}
    for row in ROWS:
        if options.only is None or row.name in options.only:
            today = datetime.date.today().isoformat()
            known[row.name] = {**run_row(row, options.index, options.keep), "date": today}
            ordered = {name: known[name] for name in names if name in known}
            options.json.write_text(json.dumps(ordered, indent=1) + "\n", encoding="utf-8")
    sys.stdout.write(f"{table(known)}\n")
    if options.json == RESULTS:
        write_table(known)
    return int(any(row.get("failed") for row in known.values()))


if __name__ == "__main__":
    raise SystemExit(main())
