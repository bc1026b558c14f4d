"""Text from files, and writing files so that nobody ever sees half of one."""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import os
import tempfile
import time
from collections.abc import Generator
from pathlib import Path
from typing import IO, TypeAlias

from .errors import FiceError

StrPath: TypeAlias = str | os.PathLike[str]
"""What every public function takes as the place of a file or folder."""

CHUNK_BYTES = 1 << 20
WAITS = (0.1, 0.3, 0.6)  # seconds between tries to replace a file that somebody has open
CANNOT_BE_REPLACED = "cannot be replaced: another program has it open, or it is write-protected."
UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")


def read_text(path: StrPath) -> str:
    """The text of a UTF-8 file, with or without a byte order mark; and any line ends.

    Raises:
        FiceError: if the file cannot be read, or is in another encoding.
    """
    path = Path(path)
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise FiceError(f"{path} cannot be read: {error.strerror or error}.") from None
    except UnicodeDecodeError as error:
        content: bytes = error.object
        wrong = (
            "it is UTF-16"
            if content.startswith(UTF_16_MARKS)
            else f"byte {error.start + 1} is 0x{content[error.start]:02x}"
        )
        raise FiceError(
            f"{path} is not text in UTF-8 ({wrong}). Save it again with the encoding UTF-8."
        ) from None


def check_writable(path: StrPath) -> Path:
    """Returns `path` if a file can be written there; ask before a long computation.

    Nothing is created. A full disk, or what changes until the file is written, is not foreseen.

    Raises:
        FiceError: if it is a folder, or lies where none can be made or written to.
    """
    path = Path(path)
    if path.is_dir():
        raise FiceError(f"{path} is a folder; give the name of a file in it.")
    above = next(one for one in path.absolute().parents if one.exists() or one.is_symlink())
    if not above.is_dir():
        raise _not_writable(path, f"{above} is not a folder")
    if not os.access(above, os.W_OK | os.X_OK):
        raise _not_writable(path, f"{above} does not allow it")
    return path


def absent(what: str, path: StrPath) -> str:
    """The sentence for a file that is not there; `what` it should be."""
    path = Path(path)
    return f"There is no {what} {path.name} in {folder_name(path.parent)}."


def folder_name(folder: StrPath) -> str:
    """`folder` in the middle of a sentence: a relative path may have no name to show."""
    folder = Path(folder)
    return "the current folder" if folder == Path() else str(folder)


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

    Only where `path` itself is open elsewhere, as Windows does not let it be replaced then, what
    was written stays beside it, under a name that the error tells.

    Raises:
        FiceError: if the system does not let us write there.
    """
    try:
        with _written_aside(Path(path)) as file:
            yield file
    except OSError as error:
        raise _not_writable(path, error.strerror or str(error)) from None


@contextlib.contextmanager
def _written_aside(path: Path) -> Generator[IO[bytes], None, None]:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    written = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
        _allow_reading(written)
        moved = move_over(written, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise
    if not moved:
        raise _in_use(path, _kept_beside(written, path))


def take_place(new: StrPath, path: StrPath) -> None:
    """Renames the file `new` to `path`, whose place it takes.

    Raises:
        FiceError: if another program has `path` open, which Windows does not allow; `new` stays.
        OSError: if the system does not let us for another reason.
    """
    if not move_over(new, path):
        raise _in_use(Path(path), Path(new))


def move_over(new: StrPath, path: StrPath) -> bool:
    """Renames `new` to `path`; False if Windows does not let us, as somebody has one of them open.

    Tried more than once: virus scanners open what was just written, for a moment.
    """
    for seconds in (*WAITS, 0.0):
        with contextlib.suppress(PermissionError):
            os.replace(new, path)
            return True
        time.sleep(seconds)
    return False


def _kept_beside(written: Path, path: Path) -> Path:
    """Where `written` lies from now on: beside `path`, with a name that tells what it is."""
    numbers = (f"-{number}" if number > 1 else "" for number in itertools.count(1))
    names = (path.with_name(f"{path.stem}.new{number}{path.suffix}") for number in numbers)
    kept = next(name for name in names if not name.exists())
    with contextlib.suppress(OSError):
        os.rename(written, kept)
        return kept
    return written


def _in_use(path: Path, kept: Path) -> FiceError:
    return FiceError(
        f"{path} {CANNOT_BE_REPLACED} "
        f"Nothing is lost: it is as it was, and what was to take its place is {kept.name} beside "
        "it. Close what uses it (a running ComfyUI keeps open what it loaded), and rename that."
    )


def _not_writable(path: StrPath, reason: str) -> FiceError:
    return FiceError(f"{path} cannot be written: {reason}. Choose another place.")


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
