"""Writing files so that nobody ever sees half of one, and telling them apart."""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from collections.abc import Generator
from pathlib import Path
from typing import IO, TypeAlias

from .errors import FiceError

CHUNK_BYTES = 1 << 20

StrPath: TypeAlias = str | os.PathLike[str]
"""What every public function takes as the place of a file or folder."""


def write_whole(path: StrPath, content: bytes) -> None:
    """Writes `content` beside `path` and then renames it there, so a crash leaves the old file.

    Raises:
        FiceError: if the system does not let us write there.
    """
    with replacing(path) as file:
        file.write(content)


@contextlib.contextmanager
def replacing(path: StrPath) -> Generator[IO[bytes], None, None]:
    """A file beside `path` that takes its place at the end, and vanishes if anything goes wrong.

    Raises:
        FiceError: if the system does not let us write there.
    """
    try:
        with _written_aside(Path(path)) as file:
            yield file
    except OSError as error:
        reason = error.strerror or str(error)
        raise FiceError(f"{path} cannot be written: {reason}. Choose another place.") from None


@contextlib.contextmanager
def _written_aside(path: Path) -> Generator[IO[bytes], None, None]:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
        _allow_reading(Path(name))
        os.replace(name, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise


def sha256_of(path: StrPath) -> str:
    """SHA-256 of the file `path`, as 64 hex digits.

    Raises:
        FiceError: if it cannot be read.
    """
    path = Path(path)
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while chunk := file.read(CHUNK_BYTES):
                digest.update(chunk)
    except OSError as error:
        raise FiceError(f"{path} cannot be read: {error.strerror or error}.") from None
    return digest.hexdigest()


def _allow_reading(path: Path) -> None:
    """Gives a temporary file the mode that an ordinary new file has."""
    mask = os.umask(0)
    os.umask(mask)
    path.chmod(0o666 & ~mask)
