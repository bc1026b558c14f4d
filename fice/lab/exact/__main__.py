"""How exactly foreign edits are put back onto their photos.

    OMP_NUM_THREADS=1 python -m fice.lab.exact OUT [PHOTOS] [--pairs 200]

PHOTOS is a folder of labelled photos; without it drawn figures serve. OUT gets `rows.jsonl` (a run
that was ended goes on there) and `summary.json`; the table is printed. `fice eval exact` does the
same.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from .bench import Row
from .record import record


def main() -> None:
    """Measures, writes and prints."""
    parser = argparse.ArgumentParser(prog="python -m fice.lab.exact", description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("photos", type=Path, nargs="?")
    parser.add_argument("--pairs", type=int, default=200)
    options = parser.parse_args()
    figures, tables = record(options.out, options.photos, options.pairs, _tell)
    sys.stdout.write(json.dumps(figures, indent=2) + "\n\n" + tables + "\n")


def _tell(row: Row) -> None:
    figures = {name: row[name] for name in ("kind", "photo", "error", "confidence")}
    sys.stderr.write(json.dumps(figures) + "\n")


if __name__ == "__main__":
    main()
