"""What is finished, line by line on the disk, so that nothing that ended is ever done twice."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any, Literal

from ..base.errors import FiceError
from ..base.files import StrPath, write_whole
from .values import Edit, Edited, Failed, Outcome

FILE, PICTURES = "outcomes.jsonl", "pictures"
State = Literal["done", "failed", "may_pass"]


@dataclass(frozen=True)
class Entry:
    """What is known of an edit.

    Attributes:
        state: `done`; `failed`, and would again; or `may_pass`, failed and may be tried again.
        start: byte of the journal at which its line begins.
    """

    state: State
    start: int


class Journal:
    """The folder of a job: its pictures, and a line for each edit that ended.

    Made by `open_journal`.
    """

    def __init__(self, folder: StrPath, file: IO[bytes], entries: dict[str, Entry]) -> None:
        self.folder = Path(folder)
        self.entries = entries
        self._file = file

    def keep(self, edit: Edit, outcome: Outcome) -> None:
        """Writes the picture, and then the line that says so.

        Raises:
            FiceError: if the system does not let us write.
        """
        line: dict[str, Any] = {"key": edit.key, "row": asdict(edit.row), "tries": outcome.tries}
        if isinstance(outcome, Edited):
            file = edit.file
            if outcome.suffix:
                file = str(Path(file).with_suffix(outcome.suffix))
            write_whole(self.folder / PICTURES / file, outcome.picture)
            line |= {"file": file, "bytes": len(outcome.picture), "report": outcome.report}
        else:
            line |= {"reason": outcome.reason, "may_pass": outcome.may_pass}
        start = self._file.seek(0, os.SEEK_END)
        try:
            self._file.write(json.dumps(line, ensure_ascii=False).encode() + b"\n")
            self._file.flush()
            os.fsync(self._file.fileno())
        except OSError as error:
            raise FiceError(
                f"{self.folder / FILE} cannot be written: {error.strerror or error}. What is "
                "finished is kept; the same command goes on from there."
            ) from None
        self.entries[edit.key] = Entry(_state(outcome), start)

    def lines(self, keys: Mapping[str, object]) -> Iterator[dict[str, Any]]:
        """The last line of each edit among `keys`, in the order in which they ended."""
        wanted = sorted(entry.start for key, entry in self.entries.items() if key in keys)
        with (self.folder / FILE).open("rb") as file:
            for start in wanted:
                file.seek(start)
                yield json.loads(file.readline())


@contextlib.contextmanager
def open_journal(folder: StrPath) -> Generator[Journal, None, None]:
    """The journal of `folder`, which is made if need be; nobody else writes to it meanwhile.

    Raises:
        FiceError: if it cannot be written, or another run writes to it.
    """
    folder = Path(folder)
    path = folder / FILE
    try:
        (folder / PICTURES).mkdir(parents=True, exist_ok=True)
        file = path.open("a+b")
    except OSError as error:
        raise FiceError(f"{path} cannot be written: {error.strerror or error}.") from None
    with file:
        _lock(file, folder)
        entries, whole = _entries(folder)
        file.truncate(whole)  # half a line is what a crash leaves
        yield Journal(folder, file, entries)


def read_entries(folder: StrPath) -> dict[str, Entry]:
    """What a folder of a job says is finished; nothing is changed or made."""
    folder = Path(folder)
    return _entries(folder)[0] if (folder / FILE).exists() else {}


def _entries(folder: Path) -> tuple[dict[str, Entry], int]:
    """The last entry of each edit, and how many bytes of the journal are whole lines."""
    entries: dict[str, Entry] = {}
    start = 0
    with (folder / FILE).open("rb") as file:
        for line in file:
            if not line.endswith(b"\n"):
                break
            with contextlib.suppress(ValueError, KeyError, TypeError):
                said = json.loads(line)
                state = _said_state(said, folder)
                if state is not None:
                    entries[said["key"]] = Entry(state, start)
            start += len(line)
    return entries, start


def _said_state(said: dict[str, Any], folder: Path) -> State | None:
    """What a line says; None if its picture is no longer there as it was."""
    if "file" not in said:
        return "may_pass" if said["may_pass"] else "failed"
    try:
        size = (folder / PICTURES / said["file"]).stat().st_size
    except OSError:
        return None
    return "done" if size == said["bytes"] else None


def _state(outcome: Outcome) -> State:
    if isinstance(outcome, Failed):
        return "may_pass" if outcome.may_pass else "failed"
    return "done"


def _lock(file: IO[bytes], folder: Path) -> None:
    """Refuses a second run into the same folder, where the system can tell."""
    try:
        import fcntl
    except ImportError:  # Windows
        return
    lock: Callable[[int, int], object] = fcntl.flock
    try:
        lock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise FiceError(
            f"Another run writes to {folder} just now; wait for its end, or name another folder "
            "with --out."
        ) from None
