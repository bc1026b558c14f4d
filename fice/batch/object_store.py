"""Results on S3, GCS or wherever else fsspec writes; nothing can be appended to there."""

from __future__ import annotations

import contextlib
import secrets
import shutil
import tempfile
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from datetime import datetime, timezone
from itertools import groupby
from typing import IO, Any, cast

from .places import file_system, told

LOG = "outcomes"  # a folder of parts
AT_ONCE = 16  # each takes some tens of milliseconds, most of which is waiting
PART_BYTES = 1 << 20
WRITE_S = 2.0  # some stores let one object be written once per second
CANNOT_BE = "cannot be written; what is finished is kept, and the same command goes on from there"


class ObjectStore:
    """See `fice.batch.results.Results`."""

    at_once = AT_ONCE

    def __init__(self, url: str) -> None:
        """Opens the file system of `url`.

        Raises:
            FiceError: if that cannot be done, as a package is missing.
        """
        self.place = url.rstrip("/")
        self._files, top = file_system(self.place)
        self._top = top.rstrip("/")

    def check(self) -> None:
        """Raises `FiceError` if the store does not answer; nothing is written."""
        with told(self.place, "cannot be reached"):
            self._files.exists(self._top)

    def write(self, name: str, content: bytes) -> None:
        """Writes a file as a whole."""
        with told(self._named(name), CANNOT_BE):
            self._files.pipe_file(f"{self._top}/{name}", content)

    @contextlib.contextmanager
    def replacing(self, name: str) -> Generator[IO[bytes], None, None]:
        """A file that is sent at the end of the block."""
        with tempfile.TemporaryFile(prefix="fice-") as file:
            yield file
            file.seek(0)
            with (
                told(self._named(name), CANNOT_BE),
                self._files.open(f"{self._top}/{name}", "wb") as there,
            ):
                shutil.copyfileobj(file, there)

    def remove(self, name: str) -> None:
        """Removes a file, if it is there."""
        with told(self._named(name), CANNOT_BE):
            if self._files.exists(f"{self._top}/{name}"):
                self._files.rm_file(f"{self._top}/{name}")

    def sizes(self, folder: str) -> Callable[[str], int | None]:
        """Tells the size of a file in `folder`, which is listed once."""
        start = f"{self._top}/{folder}/"
        known = {
            path.removeprefix(start): cast("int | None", facts.get("size"))
            for path, facts in self._listed(folder).items()
        }
        return known.get

    def logged(self) -> Iterator[tuple[tuple[int, int], bytes]]:
        """All lines of all parts, in the order in which runs began."""
        for number, part in enumerate(self._parts()):
            start = 0
            for line in self._content(part).splitlines(keepends=True):
                yield (number, start), line
                start += len(line)

    @contextlib.contextmanager
    def log(self) -> Generator[PartsLog, None, None]:
        """The log, to write to: parts of this run, which no other run touches."""
        log = PartsLog(self._parts(), self._content, self.write)
        try:
            yield log
        finally:
            log.write()

    def free_bytes(self) -> int | None:
        """Nobody knows."""
        return None

    def _named(self, name: str) -> str:
        return f"{self.place}/{name}"

    def _parts(self) -> list[str]:
        start = f"{self._top}/"
        return sorted(path.removeprefix(start) for path in self._listed(LOG))

    def _content(self, name: str) -> bytes:
        with told(self._named(name)):
            return cast("bytes", self._files.cat_file(f"{self._top}/{name}"))

    def _listed(self, folder: str) -> dict[str, dict[str, Any]]:
        with told(self._named(folder)):
            self._files.invalidate_cache()
            found = self._files.find(f"{self._top}/{folder}", detail=True)
            return cast("dict[str, dict[str, Any]]", found)


class PartsLog:
    """See `fice.batch.results.Log`.

    The last part is written anew as it grows, at most every `WRITE_S` seconds, and left alone when
    it is large. A process that is killed loses the lines of the last seconds: their edits are done
    again, and their pictures are written again.
    """

    def __init__(
        self,
        parts: Sequence[str],
        content_of: Callable[[str], bytes],
        write: Callable[[str, bytes], None],
    ) -> None:
        """Takes the names of the parts that are there."""
        self._names = list(parts)
        self._content_of, self._put = content_of, write
        began = datetime.now(timezone.utc).strftime("%Y%m%dT%H%M%S")
        self._run, self._number = f"{LOG}/{began}-{secrets.token_hex(4)}", 0
        self._open_part()

    def _open_part(self) -> None:
        self._number += 1
        self._names.append(f"{self._run}-{self._number:06}.jsonl")
        self._part, self._written, self._written_at = bytearray(), 0, -WRITE_S

    def append(self, line: bytes) -> tuple[int, int]:
        """Adds a line, which is written now or soon.

        Raises:
            FiceError: if the store does not take it.
        """
        mark = len(self._names) - 1, len(self._part)
        self._part += line + b"\n"
        full = len(self._part) >= PART_BYTES
        if full or time.monotonic() - self._written_at >= WRITE_S:
            self.write()
        if full:
            self._open_part()
        return mark

    def write(self) -> None:
        """Writes what is not written yet."""
        if len(self._part) > self._written:
            self._put(self._names[-1], bytes(self._part))
            self._written, self._written_at = len(self._part), time.monotonic()

    def read(self, marks: Sequence[tuple[int, int]]) -> Iterator[bytes]:
        """The lines at `marks`."""
        for number, some in groupby(marks, key=lambda mark: mark[0]):
            own = number == len(self._names) - 1
            content = bytes(self._part) if own else self._content_of(self._names[number])
            for _, start in some:
                yield content[start : content.index(b"\n", start)]
