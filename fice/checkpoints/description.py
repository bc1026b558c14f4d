"""The descriptions that transformers writes beside weights, checked number by number."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from ..base.errors import CheckpointError, FiceError
from ..base.files import StrPath, read_text
from .tensors import entries

CONFIG_FILE = "config.json"
PROCESSOR_FILE = "preprocessor_config.json"

MAX_JSON_BYTES = 1 << 20  # of a description; the longest known takes 2 KB


@dataclass(frozen=True)
class Description:
    """What the descriptions beside the weights in the file `name` say, checked number by number."""

    name: str
    values: Mapping[str, object]

    def damaged(self, what: str) -> CheckpointError:
        """What to raise if `what` is not as it has to be."""
        return CheckpointError(
            f"The {CONFIG_FILE} or {PROCESSOR_FILE} of {self.name} is damaged: {what}; get it "
            "again."
        )

    def number(self, key: str, bounds: range, default: int) -> int:
        """A whole number within `bounds`."""
        value = self.values.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int) or value not in bounds:
            raise self.damaged(f"{key} is {_short(value)}, expected {_from_to(bounds)}")
        return value

    def numbers(self, key: str, bounds: range, count: int) -> list[int]:
        """`count` whole numbers within `bounds`."""
        value = self.values.get(key)
        found = cast("list[object]", value) if isinstance(value, list) else []
        if len(found) != count:
            raise self.damaged(f"{key} is {_short(value)}, expected {count} numbers")
        values = Description(self.name, {f"{key}[{i}]": part for i, part in enumerate(found)})
        return [values.number(name, bounds, 0) for name in values.values]

    def decimals(self, key: str, default: tuple[float, ...]) -> tuple[float, ...]:
        """As many finite numbers as `default` has."""
        value = self.values.get(key, default)
        found = cast("list[object]", value) if isinstance(value, (list, tuple)) else []
        decimals = tuple(float(part) for part in found if isinstance(part, (int, float)))
        if len(found) != len(default) or len(decimals) != len(default):
            raise self.damaged(f"{key} is {_short(value)}, expected {len(default)} numbers")
        if not all(math.isfinite(part) for part in decimals):
            raise self.damaged(f"{key} is {_short(value)}, which are not finite numbers")
        return decimals


def read_json(path: StrPath) -> Mapping[str, object]:
    """The JSON object in `path`; empty if there is no such file, or no file of this kind.

    Raises:
        CheckpointError: if it cannot be read.
    """
    path = Path(path)
    try:
        if not path.is_file() or path.stat().st_size > MAX_JSON_BYTES:
            return {}
        return entries(json.loads(read_text(path)))
    except FiceError as error:
        raise CheckpointError(str(error)) from None
    except (OSError, ValueError, RecursionError) as error:
        raise CheckpointError(f"{path} cannot be read as JSON: {error}. Get it again.") from None


def _short(value: object) -> str:
    return repr(value)[:40] if isinstance(value, (int, float, str, list)) else type(value).__name__


def _from_to(bounds: range) -> str:
    return f"a whole number from {bounds[0]} to {bounds[-1]}"
