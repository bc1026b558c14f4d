"""Writing files so that nobody ever sees half of one."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

from fice.errors import FiceError


def write_whole(path: Path, content: bytes) -> None:
    """Writes `content` beside `path` and then renames it there, so a crash leaves the old file.

    Raises:
        FiceError: if the system does not let us write there.
    """
    try:
        _write_and_rename(path, content)
    except OSError as error:
        reason = error.strerror or str(error)
        raise FiceError(f"{path} cannot be written: {reason}. Choose another place.") from None


def _write_and_rename(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        _allow_reading(Path(name))
        os.replace(name, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise


def _allow_reading(path: Path) -> None:
    """Gives a temporary file the mode that an ordinary new file has."""
    mask = os.umask(0)
    os.umask(mask)
    path.chmod(0o666 & ~mask)
