"""A lock that ends with the process, so that two runs never write to one folder."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Generator
from importlib import import_module
from pathlib import Path
from typing import Any

from ..base.files import StrPath


@contextlib.contextmanager
def locked(path: StrPath) -> Generator[bool, None, None]:
    """Whether nobody else had the file `path` locked; it is ours until the end of the block.

    Nothing is written to it. It is made if need be, and stays.

    Raises:
        OSError: if it cannot be made.
    """
    with Path(path).open("ab") as file:
        try:
            _lock()(file.fileno())
        except OSError:
            yield False
        else:
            yield True


def _lock() -> Callable[[int], object]:
    """What locks an open file, or raises `OSError` if somebody else has done so."""
    try:
        unix: Any = import_module("fcntl")
    except ImportError:
        windows: Any = import_module("msvcrt")
        return lambda number: windows.locking(number, windows.LK_NBLCK, 1)
    return lambda number: unix.flock(number, unix.LOCK_EX | unix.LOCK_NB)
