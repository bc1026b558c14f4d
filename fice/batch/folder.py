"""Results in a folder: files, and a log whose lines are on the disk when they are written."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import IO

from ..base.errors import FiceError
from ..base.files import StrPath, check_writable, replacing, write_whole
from .lock import locked

LOG, LOCK = "outcomes.jsonl", ".outcomes.lock"


class Folder:
    """See `fice.batch.results.Results`."""

    at_once = 1

    def __init__(self, path: StrPath) -> None:
        self.place = str(path)
        self._path = Path(path)

    def check(self) -> None:
        """Raises `FiceError` if it is a file, or lies where nothing can be made or written."""
        if self._path.exists() and not self._path.is_dir():
            raise FiceError(f"{self._path} is a file; name a folder for the pictures with --out.")
        check_writable(self._path / LOG)

    def write(self, name: str, content: bytes) -> None:
        """Writes a file as a whole."""
        write_whole(self._path / name, content)

    def replacing(self, name: str) -> AbstractContextManager[IO[bytes]]:
        """A file that is there as a whole at the end of the block."""
        return replacing(self._path / name)

    def remove(self, name: str) -> None:
        """Removes a file, if it is there."""
        (self._path / name).unlink(missing_ok=True)

    def sizes(self, folder: str) -> Callable[[str], int | None]:
        """Tells the size of a file in `folder`; None of one that is not there."""

        def size(name: str) -> int | None:
            try:
                return (self._path / folder / name).stat().st_size
            except OSError:
                return None

        return size

    def logged(self) -> Iterator[tuple[tuple[int, int], bytes]]:
        """All whole lines of the log, each with its place."""
        start = 0
        if not (self._path / LOG).exists():
            return
        with (self._path / LOG).open("rb") as file:
            for line in file:
                if not line.endswith(b"\n"):  # what a crash leaves
                    return
                yield (0, start), line
                start += len(line)

    @contextlib.contextmanager
    def log(self) -> Generator[FolderLog, None, None]:
        """The log, to write to.

        Raises:
            FiceError: if it cannot be written, or another run writes to it.
        """
        path = self._path / LOG
        with contextlib.ExitStack() as stack:
            try:
                self._path.mkdir(parents=True, exist_ok=True)
                alone = stack.enter_context(locked(self._path / LOCK))
                file = stack.enter_context(path.open("a+b"))
            except OSError as error:
                raise FiceError(f"{path} cannot be written: {error.strerror or error}.") from None
            if not alone:
                raise FiceError(
                    f"Another run writes to {self._path} just now; wait for its end, or name "
                    "another folder with --out."
                )
            file.truncate(sum(len(line) for _, line in self.logged()))
            yield FolderLog(path, file)

    def free_bytes(self) -> int | None:
        """What the disk has left."""
        path = self._path.absolute()
        return shutil.disk_usage(next(one for one in (path, *path.parents) if one.exists())).free


class FolderLog:
    """See `fice.batch.results.Log`."""

    def __init__(self, path: Path, file: IO[bytes]) -> None:
        self._path, self._file = path, file

    def append(self, line: bytes) -> tuple[int, int]:
        """Adds a line, which is on the disk then.

        Raises:
            FiceError: if the system does not let us write.
        """
        start = self._file.seek(0, os.SEEK_END)
        try:
            self._file.write(line + b"\n")
            self._file.flush()
            os.fsync(self._file.fileno())
        except OSError as error:
            raise FiceError(
                f"{self._path} cannot be written: {error.strerror or error}. What is finished is "
                "kept; the same command goes on from there."
            ) from None
        return 0, start

    def read(self, marks: Sequence[tuple[int, int]]) -> Iterator[bytes]:
        """The lines at `marks`."""
        with self._path.open("rb") as file:
            for _, start in marks:
                file.seek(start)
                yield file.readline()
