"""Raw bytes of a file as bounds-checked tensors."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ..errors import CheckpointError
from .budget import Budget

# Storage classes of torch.save by the dtype they hold.
STORAGE_DTYPES = {
    "DoubleStorage": torch.float64,
    "FloatStorage": torch.float32,
    "HalfStorage": torch.float16,
    "BFloat16Storage": torch.bfloat16,
    "LongStorage": torch.int64,
    "IntStorage": torch.int32,
    "ShortStorage": torch.int16,
    "CharStorage": torch.int8,
    "ByteStorage": torch.uint8,
    "BoolStorage": torch.bool,
}

MAX_DIMENSIONS = 8
MAX_EXPANDED = 1 << 20  # elements of a tensor that repeats a smaller storage by strides of 0


@dataclass(frozen=True)
class Storage:
    """A flat tensor that the tensors of a file are views of."""

    data: Tensor

    @property
    def buffer(self) -> memoryview:
        """Its bytes, writable."""
        return self.data.view(torch.uint8).numpy().data


def allocate(dtype: torch.dtype, numel: int, available: int, budget: Budget) -> Storage:
    """An unfilled storage of `numel` elements, of which the file has to hold every byte.

    Raises:
        CheckpointError: if `numel` elements do not fit into the `available` bytes.
    """
    count = numel * dtype.itemsize
    if numel < 0 or count > available:
        raise CheckpointError(f"A tensor of {numel} elements is larger than the rest of the file.")
    budget.spend(count)
    return Storage(torch.empty(numel, dtype=dtype))


def filled(dtype: torch.dtype, numel: int, raw: bytes | memoryview, budget: Budget) -> Storage:
    """A storage of `numel` elements with the bytes `raw`, which have to be exactly as many."""
    storage = allocate(dtype, numel, len(raw), budget)
    if len(storage.buffer) != len(raw):
        raise CheckpointError(f"A tensor of {numel} elements comes with {len(raw)} bytes.")
    storage.buffer[:] = raw
    return storage


def strided(storage: Storage, offset: int, size: Sequence[int], stride: Sequence[int]) -> Tensor:
    """A view of `storage`, with the file's own strides (weights may be stored channels-last).

    Raises:
        CheckpointError: if any element would lie outside of the storage, or if the shape claims
            more elements than there are.
    """
    total = storage.data.numel()
    valid = (
        len(size) == len(stride) <= MAX_DIMENSIONS
        and offset >= 0
        and all(count >= 0 for count in size)
        and all(step >= 0 for step in stride)
        and math.prod(size) <= max(total, MAX_EXPANDED)
    )
    last = sum((count - 1) * step for count, step in zip(size, stride, strict=False))
    if not valid or (math.prod(size) > 0 and offset + last >= total):
        raise CheckpointError(
            f"A tensor of shape {list(size)[:MAX_DIMENSIONS]} lies outside of its {total} elements."
        )
    if math.prod(size) == 0:
        return storage.data.new_empty(tuple(size))
    return storage.data.as_strided(tuple(size), tuple(stride), offset)
