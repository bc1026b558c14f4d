"""What a job will take, told before it starts: from one edit that is timed."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..base.errors import FiceError
from .run import Engine
from .values import Failed, Unit

if TYPE_CHECKING:
    from .editing import Editor

MOST_TRIED = 5  # photos, until one can be edited


@dataclass(frozen=True)
class Trial:
    """One edit, timed.

    Attributes:
        photo: which.
        load_seconds: to load the networks; 0 where they are loaded elsewhere.
        photo_seconds: to read a photo and to find the person; 0 where that is not told apart.
        edit_seconds: for one text.
        picture_bytes: of the result.
    """

    photo: str
    load_seconds: float
    photo_seconds: float
    edit_seconds: float
    picture_bytes: int

    def seconds(self, photos: int, edits: int, workers: int = 1) -> float:
        """What `photos` with `edits` take; texts that are done together take less."""
        alone = photos * self.photo_seconds + edits * self.edit_seconds
        return self.load_seconds + alone / workers

    def told(self) -> str:
        """What was timed, as the middle of a sentence."""
        if not self.load_seconds:
            return f"{self.edit_seconds:.1f} s"
        return (
            f"{self.photo_seconds:.1f} s to read it and find the person, {self.edit_seconds:.1f} s "
            f"for a text; loading took {self.load_seconds:.1f} s"
        )

    def disk_bytes(self, edits: int) -> int:
        """What the pictures of `edits` take, if they are as large as this one."""
        return edits * self.picture_bytes


def trial(units: Sequence[Unit], load: Callable[[], Editor]) -> Trial:
    """Edits one photo of `units`, of which nothing is kept.

    Raises:
        FiceError: if none of the first can be edited.
    """
    started = time.perf_counter()
    editor, started_with = load(), units[:MOST_TRIED]
    loaded = time.perf_counter()
    said: FiceError | None = None
    for unit in started_with:
        began = time.perf_counter()
        try:
            opened = editor.open(unit.photo)
            ready = time.perf_counter()
            (done,) = editor.edited(opened, unit.edits[:1])
        except FiceError as error:
            said = error
            continue
        return Trial(
            unit.edits[0].row.named,
            loaded - started,
            ready - began,
            time.perf_counter() - ready,
            len(done.picture),
        )
    raise FiceError(f"None of the first photos can be edited; the last says: {said}") from said


def timed_by(units: Sequence[Unit], engine: Engine) -> Trial:
    """Has `engine` do one edit of `units`, of which nothing is kept here.

    Raises:
        FiceError: if it fails.
    """
    began = time.perf_counter()
    edit = units[0].edits[0]
    (outcome,) = engine([Unit(units[0].photo, (edit,))])
    if isinstance(outcome, Failed):
        raise FiceError(f"The trial with {edit.row.named} failed: {outcome.reason}")
    return Trial(edit.row.named, 0.0, 0.0, time.perf_counter() - began, len(outcome.picture))


def in_words(seconds: float) -> str:
    """A duration as people say it."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 90 * 60:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"


def in_bytes(size: float) -> str:
    """A size as people say it."""
    for unit in ("bytes", "kB", "MB", "GB"):
        if size < 1000:
            return f"{size:.0f} {unit}"
        size /= 1000
    return f"{size:.1f} TB"
