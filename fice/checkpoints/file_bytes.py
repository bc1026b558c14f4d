"""The raw bytes of tensors, left in the file until they are decoded.

A pickle puts them on its stack, into tuples and into its memo, where they would all stay until the
end: a second copy of the whole file.
"""

from __future__ import annotations

import codecs
import mmap
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

from .pickle_values import expect

LARGE_BYTES = 1 << 16
CHUNK_BYTES = 1 << 20


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


@dataclass(frozen=True)
class FileText:
    """Bytes that protocol 2 wrote as text, one character each: `count` bytes of UTF-8."""

    stream: IO[bytes]
    start: int
    count: int

    def read(self) -> bytearray:
        """The bytes; the stream stands where it was.

        Raises:
            ValueError: if a character is no byte.
        """
        here = self.stream.tell()
        self.stream.seek(self.start)
        found = bytearray()
        for text in self._decoded():
            found += text.encode("latin1")
        self.stream.seek(here)
        return found

    def _decoded(self) -> Iterator[str]:
        """Piece by piece, since text and bytes together would be more than twice the array."""
        decoder = codecs.getincrementaldecoder("utf-8")()
        for done in range(0, self.count, CHUNK_BYTES):
            yield decoder.decode(self.stream.read(min(CHUNK_BYTES, self.count - done)))
            let_go(self.stream)
        yield decoder.decode(b"", final=True)


def as_bytes(value: object) -> bytes | bytearray:
    """`value`, which has to be bytes, wherever they are.

    Raises:
        CheckpointError: if it is something else.
    """
    is_left = isinstance(value, (FileBytes, FileText))
    return value.read() if is_left else expect(value, bytes)


def left_in_file(literal: object, stream: IO[bytes]) -> object:
    """`literal`, which was just read from `stream`, or its place if it is large."""
    if not isinstance(literal, bytes) or len(literal) < LARGE_BYTES:
        return literal
    let_go(stream)
    return FileBytes(stream, stream.tell() - len(literal), len(literal))


def text_left_in_file(literal: str, stream: IO[bytes]) -> str | FileText:
    """As `left_in_file`, of text that `stream` holds as UTF-8."""
    if len(literal) < LARGE_BYTES:
        return literal
    let_go(stream)
    count = len(literal.encode("utf-8", "surrogatepass"))
    return FileText(stream, stream.tell() - count, count)


def let_go(stream: IO[bytes]) -> None:
    """Tells the system that the pages of a memory map, if it is one, are not needed for now."""
    if isinstance(stream, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED"):
        stream.madvise(mmap.MADV_DONTNEED)
