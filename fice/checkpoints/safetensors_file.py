"""Reads and writes `.safetensors` one tensor at a time.

The safetensors package copies all tensors before it writes the first, and the tensors that it reads
change with the file. Layout: the length of a header as 8 little-endian bytes, the header (JSON),
then the raw tensors without gaps.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import IO, cast

import torch
from torch import Tensor

from ..base.errors import CheckpointError
from ..base.files import StrPath, replacing
from .budget import Budget
from .pickle_values import expect, expect_ints, expect_name
from .tensor_storage import allocate, check_size

DTYPE_NAMES = {
    torch.float64: "F64",
    torch.float32: "F32",
    torch.float16: "F16",
    torch.bfloat16: "BF16",
    torch.int64: "I64",
    torch.int32: "I32",
    torch.int16: "I16",
    torch.int8: "I8",
    torch.uint8: "U8",
    torch.bool: "BOOL",
}
DTYPES = {name: dtype for dtype, name in DTYPE_NAMES.items()}
ALIGNMENT = 8
LENGTH_BYTES = 8
MAX_HEADER_BYTES = 16 << 20  # CLIP RN50x4's takes 100 KB, its vocabulary 1 MB
METADATA = "__metadata__"
PLACES = 2  # of a tensor: where it begins and ends
DAMAGE = (ValueError, KeyError, TypeError, RecursionError)


def is_safetensors(head: bytes) -> bool:
    """Whether a file that starts with `head` can be one of this kind."""
    return head[LENGTH_BYTES : LENGTH_BYTES + 1] == b"{"


def read_metadata(path: StrPath) -> dict[str, str]:
    """What else the header of `path` says.

    Raises:
        CheckpointError: if it is not a safetensors file.
        OSError: if it cannot be read.
    """
    path = Path(path)
    with path.open("rb") as file:
        return _metadata(_read_header(file)[0])


def read_names(path: StrPath) -> list[str]:
    """Names of the tensors in `path`, of which no other byte is read.

    Raises:
        CheckpointError: if it is not a safetensors file.
        OSError: if it cannot be read.
    """
    with Path(path).open("rb") as file:
        return [name for name in _read_header(file)[0] if name != METADATA]


def read_shapes(path: StrPath) -> dict[str, tuple[int, ...]]:
    """Shapes of the tensors in `path`, by name; no other byte is read.

    Raises:
        CheckpointError: if it is not a safetensors file.
        OSError: if it cannot be read.
    """
    with Path(path).open("rb") as file:
        header = _read_header(file)[0]
    fields = {name: expect(entry, dict) for name, entry in header.items() if name != METADATA}
    return {name: tuple(expect_ints(entry.get("shape"))) for name, entry in fields.items()}


def read_safetensors(path: StrPath) -> tuple[dict[str, Tensor], dict[str, str]]:
    """The tensors of `path`, which are copies and not views of the file, and its metadata.

    Raises:
        CheckpointError: if it is not a safetensors file, damaged or incomplete.
        OSError: if it cannot be read.
    """
    path = Path(path)
    size = path.stat().st_size
    with torch.inference_mode(False), path.open("rb") as file:
        header, start = _read_header(file)
        metadata, budget = _metadata(header), Budget(0)
        budget.bytes_left = size - start  # every byte belongs to one tensor
        tensors = {
            expect_name(name): _read_tensor(file, start, size, entry, budget)
            for name, entry in header.items()
            if name != METADATA
        }
    return tensors, metadata


def _read_header(file: IO[bytes]) -> tuple[dict[str, object], int]:
    """The header and where it ends."""
    length = int.from_bytes(file.read(LENGTH_BYTES), "little")
    text = file.read(length) if length <= MAX_HEADER_BYTES else b""
    if not text.startswith(b"{") or len(text) != length:
        raise CheckpointError("this is not a safetensors file, or an incomplete one.")
    try:
        header = cast("object", json.loads(text))
    except DAMAGE:
        raise CheckpointError("this safetensors file is damaged: its header is not JSON.") from None
    return cast("dict[str, object]", expect(header, dict)), LENGTH_BYTES + length


def _metadata(header: Mapping[str, object]) -> dict[str, str]:
    found = cast("dict[str, object]", expect(header.get(METADATA, {}), dict))
    return {name: expect(value, str) for name, value in found.items()}


def _read_tensor(file: IO[bytes], start: int, size: int, entry: object, budget: Budget) -> Tensor:
    """The tensor that `entry` of the header describes; the data begin at `start` of `size`."""
    fields = cast("dict[str, object]", expect(entry, dict))
    dtype = DTYPES.get(expect(fields.get("dtype"), str))
    shape = expect_ints(fields.get("shape"))
    places = expect_ints(fields.get("data_offsets"))
    if dtype is None:
        raise CheckpointError("this safetensors file has a type of number that is not supported.")
    if len(places) != PLACES:
        raise CheckpointError("this safetensors file is damaged: a tensor has no place in it.")
    begin, end = places
    if not 0 <= begin <= end <= size - start:
        raise CheckpointError("this safetensors file is incomplete; download it again.")
    check_size(shape, (end - begin) // dtype.itemsize)
    storage = allocate(dtype, math.prod(shape), end - begin, budget)
    if storage.data.numel() * dtype.itemsize != end - begin:
        raise CheckpointError("this safetensors file is damaged: sizes and places disagree.")
    file.seek(start + begin)
    if end > begin and file.readinto(storage.buffer) != end - begin:  # pyright: ignore
        raise CheckpointError("this safetensors file is incomplete; download it again.")
    return storage.data.view(shape)


def write_safetensors(
    path: StrPath,
    tensors: Mapping[str, Tensor],
    metadata: Mapping[str, str],
    float_dtype: torch.dtype | None = None,
) -> None:
    """Writes `tensors` to `path` in one go or not at all, holding one copy of one tensor at a time.

    Args:
        path: the file; replaced if it exists.
        tensors: on any device, with any strides.
        metadata: what else the header says.
        float_dtype: what floating tensors are stored as, None = as they are.

    Raises:
        CheckpointError: if a tensor is of a type that the format does not have.
        FiceError: if the file cannot be written.
    """
    dtypes = {name: _stored(tensor, float_dtype) for name, tensor in tensors.items()}
    # The widest first, so that all stay aligned; by name, so that equal weights give equal files.
    order = sorted(tensors, key=lambda name: (-dtypes[name].itemsize, name))
    with replacing(path) as file:
        file.write(_header({name: tensors[name] for name in order}, dtypes, metadata))
        for name in order:
            stored = tensors[name].detach().to("cpu", dtypes[name]).contiguous()
            file.write(stored.reshape(-1).view(torch.uint8).numpy().data)


def _stored(tensor: Tensor, float_dtype: torch.dtype | None) -> torch.dtype:
    dtype = float_dtype if float_dtype and tensor.is_floating_point() else tensor.dtype
    if dtype not in DTYPE_NAMES:
        raise CheckpointError(f"Tensors of {dtype} cannot be stored as .safetensors.")
    return dtype


def _header(
    tensors: Mapping[str, Tensor], dtypes: Mapping[str, torch.dtype], metadata: Mapping[str, str]
) -> bytes:
    header: dict[str, object] = {"__metadata__": dict(metadata)}
    end = 0
    for name, tensor in tensors.items():
        start, end = end, end + tensor.numel() * dtypes[name].itemsize
        header[name] = {
            "dtype": DTYPE_NAMES[dtypes[name]],
            "shape": list(tensor.shape),
            "data_offsets": [start, end],
        }
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % ALIGNMENT)
    return len(text).to_bytes(LENGTH_BYTES, "little") + text
