"""Which text a photo of a public data set is given: another garment's, never its own."""

from __future__ import annotations

import json
from collections.abc import Hashable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar, cast

import numpy as np

from ....base.errors import FiceError
from ....base.files import StrPath, read_text
from .pairs import read_rows

T = TypeVar("T")

SHUFFLE_SEED = 2023
"""Of the unpaired setting: whose text a photo gets is a function of this number and the data."""


def texts_by_garment(path: StrPath) -> dict[str, str]:
    """Texts of garments, by the name of the garment's picture without suffix.

    Args:
        path: a JSON object of texts, or of lists of phrases, which are joined by commas (the form
            of MGD's annotations); or a table with the columns `garment` and `text`.

    Raises:
        FiceError: if it is missing or of another form.
    """
    path = Path(path)
    if path.suffix.lower() != ".json":
        rows = read_rows(path)
        return {_stem(row.get("garment")): str(row.get("text") or "").strip() for row in rows}
    return {_stem(name): phrase(value) for name, value in read_object(path).items()}


def read_object(path: StrPath) -> Mapping[str, object]:
    """The JSON object in `path`.

    Raises:
        FiceError: if it is missing or something else.
    """
    path = Path(path)
    try:
        content: object = json.loads(read_text(path))
    except (ValueError, RecursionError) as error:
        raise FiceError(f"{path} cannot be read as JSON: {error}.") from None
    if not isinstance(content, dict):
        raise FiceError(f"{path.name} is not a JSON object of names and texts.")
    return cast("dict[str, object]", content)


def phrase(value: object) -> str:
    """A text, or phrases joined by commas."""
    if isinstance(value, list):
        return ", ".join(str(part).strip() for part in cast("list[object]", value))
    return str(value).strip()


def exchanged(values: Sequence[T], groups: Sequence[Hashable]) -> list[T]:
    """Gives each place the value of another place of the same group, at random but repeatably.

    A group of one place keeps its own value: there is no other.
    """
    random = np.random.default_rng(SHUFFLE_SEED)
    places: dict[Hashable, list[int]] = {}
    for index, group in enumerate(groups):
        places.setdefault(group, []).append(index)
    result = list(values)
    for members in places.values():
        order = random.permutation(members).tolist()
        # A cycle through all members moves every value.
        for place, source in zip(order, [*order[1:], order[0]], strict=True):
            result[place] = values[source]
    return result


def _stem(name: object) -> str:
    return Path(str(name or "")).stem
