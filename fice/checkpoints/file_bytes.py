"""The raw bytes of tensors, left in the file until they are decoded.

A pickle puts them on its stack, into tuples and into its memo, where they would all stay until the
end: a second copy of the whole file.
"""

from __future__ import annotations

import mmap
from dataclasses import dataclass
from typing import IO

from .pickle_values import expect

LARGE_BYTES = 1 << 16


@dataclass(frozen=True)
class FileBytes:
    """`count` bytes of `stream` from `start` on."""

    stream: IO[bytes]
    start: int
    count: int

    def read(self) -> bytes:
        """The bytes; the stream stands where it was."""
        here = self.stream.tell()
        self.stream.seek(self.start)
        found = self.stream.read(self.count)
        self.stream.seek(here)
        let_go(self.stream)
        return found


def as_bytes(value: object) -> bytes:
    """`value`, which has to be bytes, wherever they are.

    Raises:
        CheckpointError: if it is something else.
    """
    return value.read() if isinstance(value, FileBytes) else expect(value, bytes)


def left_in_file(literal: object, stream: IO[bytes]) -> object:
    """`literal`, which was just read from `stream`, or its place if it is large."""
    if not isinstance(literal, bytes) or len(literal) < LARGE_BYTES:
        return literal
    let_go(stream)
    return FileBytes(stream, stream.tell() - len(literal), len(literal))


def let_go(stream: IO[bytes]) -> None:
    """Tells the system that the pages of a memory map, if it is one, are not needed for now."""
    if isinstance(stream, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED"):
        stream.madvise(mmap.MADV_DONTNEED)
