"""Writes `.safetensors` one tensor at a time.

The safetensors package copies all tensors before it writes the first. Layout: the length of a
header as 8 little-endian bytes, the header (JSON), then the raw tensors without gaps.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from ..errors import CheckpointError
from ..files import replacing

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
ALIGNMENT = 8
LENGTH_BYTES = 8


def write_safetensors(
    path: Path,
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
