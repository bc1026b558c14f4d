"""How exactly foreign edits are put back onto their photos.

    OMP_NUM_THREADS=1 python -m fice.lab.exact OUT [PHOTOS] [--pairs 200]

PHOTOS is a folder of labelled photos; without it drawn figures serve. OUT gets `rows.jsonl` (a run
that was ended goes on there) and `summary.json`; the table is printed.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import cv2
import torch

from .bench import Row, pairs, run
from .subjects import draw_subjects, read_subjects
from .table import summary, table

FIGURES = 40


def main() -> None:
    """Measures, writes and prints."""
    parser = argparse.ArgumentParser(prog="python -m fice.lab.exact", description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("photos", type=Path, nargs="?")
    parser.add_argument("--pairs", type=int, default=200)
    options = parser.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    options.out.mkdir(parents=True, exist_ok=True)
    photos = [] if options.photos is None else read_subjects(options.photos)
    made = pairs(photos, draw_subjects(FIGURES), options.pairs)
    rows = run(made, options.out / "rows.jsonl", _tell)
    figures = summary(rows)
    text = json.dumps(figures, indent=2) + "\n"
    (options.out / "summary.json").write_text(text, encoding="utf-8")
    sys.stdout.write(text + "\n" + table(figures) + "\n")


def _tell(row: Row) -> None:
    figures = {name: row[name] for name in ("kind", "photo", "error", "confidence")}
    sys.stderr.write(json.dumps(figures) + "\n")


if __name__ == "__main__":
    main()
