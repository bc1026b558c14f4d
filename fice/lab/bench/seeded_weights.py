"""Seeded weights by key name, so that a recorded case of any size needs no weight file.

Every value is drawn from NumPy's `RandomState`, whose stream is frozen by NumPy's compatibility
policy, seeded with the CRC-32 of `salt:key`.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Collection, Mapping, Sequence
from typing import TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

Floats: TypeAlias = NDArray[np.float32]


def recipe_state(
    shapes: Mapping[str, Sequence[int]],
    salt: str,
    *,
    unit: str | None = None,
    prelu: Collection[str] = (),
) -> dict[str, Tensor]:
    """Tensors for `shapes` (name to size).

    Args:
        shapes: name and size of each tensor.
        salt: name of the case.
        unit: pattern of names whose weights are N(0, 1), as in layers with equalised rates.
        prelu: names of PReLU slopes, which lie around 0.25.
    """
    return {key: _value(key, tuple(shapes[key]), salt, unit, prelu) for key in shapes}


def recipe_image(salt: str, shape: tuple[int, int, int, int]) -> Tensor:
    """A cloudy picture in [0, 1]: a 9x9 grid of colours, interpolated, with some grain."""
    random = _random(f"image:{salt}")
    batch, channels, height, width = shape
    grid = random.rand(batch, channels, 9, 9).astype(np.float32)
    (top, y), (left, x) = _cells(height), _cells(width)
    y = y[:, None]

    def corner(down: int, right: int) -> Floats:
        return grid[:, :, top + down][:, :, :, left + right]

    upper = corner(0, 0) * (1 - y) * (1 - x), corner(0, 1) * (1 - y) * x
    lower = corner(1, 0) * y * (1 - x), corner(1, 1) * y * x
    grain = np.float32(0.05) * random.standard_normal(shape).astype(np.float32)
    clouds = upper[0] + lower[0] + upper[1] + lower[1]
    return torch.from_numpy(np.clip(clouds + grain, 0, 1).astype(np.float32))


def _value(
    key: str, size: tuple[int, ...], salt: str, unit: str | None, prelu: Collection[str]
) -> Tensor:
    if key.endswith("num_batches_tracked"):
        return torch.zeros((), dtype=torch.long)
    noise = _random(f"{salt}:{key}").standard_normal(size)
    values = torch.from_numpy(np.asarray(noise, dtype=np.float32))
    if key.endswith("running_var"):
        return 1 + 0.1 * values.abs()
    if len(size) >= 2 and not key.endswith("running_mean"):
        if unit is not None and re.search(unit, key):
            return values
        return values * float(np.float32(1 / np.sqrt(np.prod(size[1:]))))
    if len(size) == 1 and key.endswith("weight"):
        return (0.25 if key in prelu else 1.0) + 0.05 * values
    return 0.1 * values


def _cells(size: int) -> tuple[NDArray[np.int64], Floats]:
    """Grid cell of each pixel, and where in the cell it lies."""
    place = np.linspace(0, 8, size, dtype=np.float32)
    cell = np.minimum(place.astype(np.int64), 7)
    return cell, place - cell


def _random(seed: str) -> np.random.RandomState:
    return np.random.RandomState(zlib.crc32(seed.encode()))
