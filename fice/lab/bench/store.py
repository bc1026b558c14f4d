"""Figures in a JSON file that grows part by part, so that a run can be continued."""

from __future__ import annotations

import json
from pathlib import Path
from typing import cast

from ...base.errors import FiceError
from ...base.files import StrPath, read_text, write_whole

Figures = dict[str, object]


def read_figures(path: StrPath) -> Figures:
    """What `path` holds; nothing if there is no such file.

    Raises:
        FiceError: if it is not JSON.
    """
    path = Path(path)
    if not path.is_file():
        return {}
    try:
        return cast("Figures", json.loads(read_text(path)))
    except ValueError as error:
        raise FiceError(f"{path} cannot be read as JSON: {error}.") from None


def add_figures(path: StrPath, key: str, figures: object) -> None:
    """Puts `figures` under `key`, in place of what was there; the file is replaced as a whole."""
    known = read_figures(path)
    known[key] = figures
    write_whole(path, f"{json.dumps(known, indent=1)}\n".encode())
