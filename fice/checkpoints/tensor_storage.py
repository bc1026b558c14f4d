"""Raw bytes of a file as bounds-checked tensors."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ..base.errors import CheckpointError
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
MAX_SHOWN = 100  # characters of a shape in a message; its numbers may have thousands of digits
MAX_STRIDE = 1 << 48
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
    check_size(size, total)
    if math.prod(size) == 0:
        return storage.data.new_empty(tuple(size))
    last = sum((count - 1) * step for count, step in zip(size, stride, strict=False))
    valid = len(size) == len(stride) and all(0 <= step < MAX_STRIDE for step in stride)
    if not valid or offset < 0 or offset + last >= total:
        raise _outside(size, total)
    return storage.data.as_strided(tuple(size), tuple(stride), offset)


def check_size(size: Sequence[int], total: int) -> None:
    """Refuses a shape that no tensor on `total` elements has, even if it is empty or expanded.

    Raises:
        CheckpointError: with the shape.
    """
    valid = len(size) <= MAX_DIMENSIONS and all(count >= 0 for count in size)
    if not valid or math.prod(max(count, 1) for count in size) > max(total, MAX_EXPANDED):
        raise _outside(size, total)


def _outside(size: Sequence[int], total: int) -> CheckpointError:
    shape = str(list(size)[:MAX_DIMENSIONS])[:MAX_SHOWN]
    return CheckpointError(f"A tensor of shape {shape} lies outside of its {total} elements.")
