"""Our own weight format: one `.safetensors` per network, its architecture in the metadata.

Metadata keys: `fice.kind` (which network), `fice.config` (JSON of its constructor arguments); more
keys, such as a licence or a training record, are allowed and kept.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from ..base.errors import CheckpointError
from ..base.files import StrPath, absent
from ..base.fingerprint import fingerprint_state
from ..base.types import JsonValue
from .file_kinds import wrong_native
from .safetensors_file import read_metadata, read_safetensors, write_safetensors


@dataclass(frozen=True)
class NativeCheckpoint:
    """Content of a native file.

    Attributes:
        kind: which network, e.g. `stylegan2`.
        config: constructor arguments of the network.
        state: its state dict; half-precision tensors are returned as float32.
        metadata: all other metadata of the file.
        fingerprint: hash of the tensors, independent of the metadata.
    """

    kind: str
    config: dict[str, JsonValue]
    state: dict[str, Tensor]
    metadata: dict[str, str]
    fingerprint: str


def save_native(
    path: StrPath,
    kind: str,
    config: Mapping[str, JsonValue],
    state: Mapping[str, Tensor],
    *,
    dtype: torch.dtype | None = torch.float32,
    metadata: Mapping[str, str] | None = None,
) -> None:
    """Writes a native file; floating tensors are stored as `dtype`, or as they are if it is None.

    Raises:
        FiceError: if the file cannot be written; what was there before stays.
    """
    header = {**(metadata or {}), "fice.kind": kind, "fice.config": json.dumps(dict(config))}
    write_safetensors(path, state, header, dtype)


def native_kind(path: StrPath) -> str | None:
    """Which network the native file `path` holds; None if it is no readable native file."""
    try:
        return read_metadata(path).get("fice.kind")
    except (OSError, CheckpointError):
        return None


def is_native(path: StrPath) -> bool:
    """Whether `path` is a readable native file."""
    return native_kind(path) is not None


def read_native(path: StrPath, kind: str | None = None) -> NativeCheckpoint:
    """Reads a native file.

    Args:
        path: the file.
        kind: the network that is wanted; None takes any.

    Raises:
        CheckpointError: if the file is missing, damaged, not native or of another kind.
    """
    path = Path(path)
    if not path.is_file():
        raise CheckpointError(absent("weight file", path))
    try:
        raw, metadata = read_safetensors(path)
    except (OSError, CheckpointError) as error:
        raise CheckpointError(f"{path.name} is not a readable safetensors file: {error}.") from None
    return native_from(path, raw, metadata, kind)


def native_from(
    path: StrPath, raw: dict[str, Tensor], metadata: dict[str, str], kind: str | None = None
) -> NativeCheckpoint:
    """What `read_native` returns, of what the file holds; empties `raw`.

    Raises:
        CheckpointError: if the file is not native or of another kind.
    """
    path = Path(path)
    found = metadata.pop("fice.kind", None)
    if found is None:
        raise CheckpointError(f"{path.name} carries no `fice.kind`, so it is not a file of ours.")
    if kind is not None and found != kind:
        raise wrong_native(path.name, found, kind)
    config = _parse_config(path, metadata.pop("fice.config", "{}"))
    state: dict[str, Tensor] = {}
    for name in list(raw):  # one at a time, so that both precisions never lie side by side
        tensor = raw.pop(name)
        state[name] = tensor.float() if tensor.is_floating_point() else tensor
    return NativeCheckpoint(found, config, state, metadata, fingerprint_state(state))


def _parse_config(path: Path, text: str) -> dict[str, JsonValue]:
    """The constructor arguments in the metadata."""
    try:
        config: JsonValue = json.loads(text)
    except (ValueError, RecursionError):
        config = None
    if not isinstance(config, dict):
        raise CheckpointError(f"{path.name} is damaged: its `fice.config` is not a JSON object.")
    return config
