"""The benchmark from photos to a record: `fice eval exact` and `python -m fice.lab.exact`."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import cv2
import torch

from ...base.files import StrPath, write_whole
from .bench import WRONG_EVERY, Row, pairs, run
from .subjects import draw_subjects, read_subjects
from .table import summary, table

FIGURES = 40


def measured(count: int) -> int:
    """How many rows `count` pairs make, those of another photo among them."""
    return count + count // WRONG_EVERY


def record(
    out: StrPath, photos: StrPath | None, count: int, tell: Callable[[Row], None]
) -> tuple[Row, str]:
    """Measures `count` pairs and writes `rows.jsonl` and `summary.json`.

    A run that was ended goes on where it was.

    Args:
        out: a folder.
        photos: a folder of labelled photos; None measures drawn figures alone.
        count: how many pairs.
        tell: hears of each new row.

    Returns:
        What `summary.json` says, and the same as tables.

    Raises:
        FiceError: if the folder holds no labelled photos.
    """
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    out = Path(out)
    subjects = [] if photos is None else read_subjects(photos)
    out.mkdir(parents=True, exist_ok=True)
    made = pairs(subjects, draw_subjects(FIGURES), count)
    figures = summary(run(made, out / "rows.jsonl", tell))
    write_whole(out / "summary.json", (json.dumps(figures, indent=2) + "\n").encode())
    return figures, table(figures)
