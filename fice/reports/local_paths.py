"""Reports that may be shown to anyone: they name files and folders, but not where they lie."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import cast

FOLDERS = re.compile(
    r"""(?<![^\s:=,'"])            # at the start, or behind what separates
    (?!//)                         # the second half of an address as https://...
    (?:[A-Za-z]:[\\/]|[\\/~])
    [^\s,'"\\/]*(?:[\\/][^\s,'"\\/]+)+
    """,
    re.VERBOSE,
)
"""An absolute path of at least two parts."""


def without_folders(text: str) -> str:
    """`text` with each absolute path cut to its last part: `/home/me/sets/viton` is `viton`."""
    return FOLDERS.sub(lambda found: re.split(r"[\\/]", found.group())[-1], text)


def shareable(value: object) -> object:
    """`value`, ready for JSON, with `without_folders` in all its texts."""
    if isinstance(value, str):
        return without_folders(value)
    if isinstance(value, Mapping):
        pairs = cast("Mapping[object, object]", value).items()
        return {shareable(key): shareable(one) for key, one in pairs}
    if isinstance(value, list):
        return [shareable(one) for one in cast("list[object]", value)]
    return value
