"""Finished units on disk: pictures first, then the file that says that all of it is there."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import TypeAlias, cast

from torch import Tensor

from ...base.files import StrPath, read_text, write_whole
from ...base.images import write_image
from .plan import Unit

Row: TypeAlias = dict[str, object]
"""One edit: what was asked for, what it measures, and what went wrong."""

EDITED, GENERATED, PHOTOS = "edited", "generated", "photos"
UNREAD = "unread"  # of a row: its photo could not be read, which may be mended


def part_path(folder: StrPath, unit: Unit) -> Path:
    """Its presence says that the unit is done."""
    folder = Path(folder)
    return folder / "parts" / unit.part_name


def picture_path(folder: StrPath, kind: str, unit: Unit, case: str) -> Path:
    """A picture of a case; the photos are the same for all methods."""
    folder = Path(folder)
    name = f"{case}.png"
    return folder / kind / name if kind == PHOTOS else folder / kind / unit.folder_name / name


def write_pictures(folder: StrPath, unit: Unit, case: str, pictures: dict[str, Tensor]) -> None:
    """Writes `pictures` `[3, H, W]` of a case by their kinds."""
    for kind, picture in pictures.items():
        path = picture_path(folder, kind, unit, case)
        if kind != PHOTOS or not path.is_file():
            write_image(path, picture)


def write_part(folder: StrPath, unit: Unit, rows: Sequence[Row]) -> None:
    """Marks the unit as done."""
    text = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    write_whole(part_path(folder, unit), f"{text}\n".encode())


def read_part(folder: StrPath, unit: Unit) -> list[Row]:
    """The rows of a finished unit."""
    # Not `splitlines`, which also ends lines where JSON allows a character within a text.
    lines = read_text(part_path(folder, unit)).split("\n")
    return [cast("Row", json.loads(line)) for line in lines if line]


@contextlib.contextmanager
def claimed(folder: StrPath, name: str, *, wait: bool = True) -> Generator[bool, None, None]:
    """Holds the piece of work `name`; yields whether it could be had.

    With `wait` it always can, once another process that has it is through with it. The system lets
    go of it when the process ends in any way. Where there are no such locks (Windows), two runs at
    once may do a piece twice.
    """
    folder = Path(folder)
    try:
        import fcntl
    except ImportError:
        yield True
        return
    path = folder / "locks" / f"{name}.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_RDWR | os.O_CREAT)
    try:
        ours = False
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(handle, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
            ours = True
        yield ours
    finally:
        os.close(handle)
