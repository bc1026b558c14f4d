"""A job as a TOML file, whose keys are the names of the options."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import cast

from ..base.errors import FiceError
from ..base.files import StrPath, read_text
from .places import is_url

# The same reader under two names; the standard library has had it since 3.11.
toml = import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")

RENAMED = {"texts": "text", "hosts": "host"}  # what reads better for a list
PLACES = ("photos", "out", "words", "like", "workflow")
FOLDERS_OR_NAMES = {"models": ("demo",)}


def job_arguments(path: StrPath, known: Mapping[str, object]) -> list[str]:
    """What a job file says, as it would be typed; places are seen from where the file lies.

    Args:
        path: the file.
        known: the options that there are, with their defaults.

    Raises:
        FiceError: if it cannot be read, or names an option that is not known.
    """
    path = Path(path)
    try:
        said = cast("dict[str, object]", toml.loads(read_text(path)))
    except ValueError as error:
        raise FiceError(f"{path} is not TOML: {error}.") from None
    typed: list[str] = []
    for key, value in said.items():
        name = RENAMED.get(key, key).replace("-", "_")
        if name not in known or name == "job":
            listed = ", ".join(sorted(one for one in known if one != "job"))
            raise FiceError(f"{path} says {key!r}, which is no option. Known are {listed}.")
        typed += _typed(path, name, value, switch=known[name] is False)
    return typed


def _typed(path: Path, name: str, value: object, *, switch: bool) -> list[str]:
    option = f"--{name.replace('_', '-')}"
    if switch:
        if not isinstance(value, bool):
            raise FiceError(f"{path}: {name} is either true or false, not {value!r}.")
        return [option] if value else []
    values = cast("list[object]", value) if isinstance(value, list) else [value]
    typed: list[str] = []
    for one in values:
        if isinstance(one, list):  # two texts of a direction
            typed += [option, *map(str, cast("list[object]", one))]
        elif isinstance(one, bool | dict):
            raise FiceError(f"{path}: {name} cannot be {one!r}; write a text or a number.")
        else:
            typed.append(f"{option}={_seen_from(path, name, str(one))}")
    return typed


def _seen_from(path: Path, name: str, value: str) -> str:
    is_place = name in PLACES or value not in FOLDERS_OR_NAMES.get(name, (value,))
    if not is_place or is_url(value) or Path(value).is_absolute():
        return value
    return str(path.parent / value)
