"""Where the results of a job lie: in a folder, or on an object store."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import IO, Protocol, TypeAlias

from ..base.files import StrPath
from .folder import Folder
from .object_store import ObjectStore
from .places import is_url

Mark: TypeAlias = tuple[int, int]
"""Where a line of a log begins: number of the part, and byte in it."""


class Log(Protocol):
    """Lines that are added one by one, and are there after a crash."""

    def append(self, line: bytes) -> Mark:
        """Adds a line, which has no line end yet."""
        ...

    def read(self, marks: Sequence[Mark]) -> Iterator[bytes]:
        """The lines at `marks`, which are in order."""
        ...


class Results(Protocol):
    """Files by name, with `/` between folders, and one log.

    Attributes:
        place: path or URL.
        at_once: how many files are worth writing at the same time.
    """

    place: str
    at_once: int

    def check(self) -> None:
        """Raises `FiceError` if nothing can be written there; writes nothing."""
        ...

    def write(self, name: str, content: bytes) -> None:
        """Writes a file as a whole."""
        ...

    def replacing(self, name: str) -> AbstractContextManager[IO[bytes]]:
        """A file that is there as a whole at the end of the block, or not at all."""
        ...

    def remove(self, name: str) -> None:
        """Removes a file, if it is there."""
        ...

    def sizes(self, folder: str) -> Callable[[str], int | None]:
        """Tells the size of a file in `folder`; None of one that is not there."""
        ...

    def logged(self) -> Iterator[tuple[Mark, bytes]]:
        """All whole lines of the log, with their line ends; nothing is changed or made."""
        ...

    def log(self) -> AbstractContextManager[Log]:
        """The log, to write to; nobody else writes to it meanwhile, where that can be told."""
        ...

    def free_bytes(self) -> int | None:
        """How much can be written yet; None if there is no end, or nobody knows it."""
        ...


def results_at(place: StrPath) -> Results:
    """The results at a path or URL; nothing is made or asked.

    Raises:
        FiceError: if it is a URL that cannot be opened.
    """
    named = str(place)
    if is_url(named) and not named.startswith("file://"):
        return ObjectStore(named)
    return Folder(named.removeprefix("file://"))
