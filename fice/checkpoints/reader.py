"""Any weight file to plain data: dicts, lists, numbers, strings and tensors.

Nothing that a file names is imported or called, whatever its container (formats, sections 1, 3, 4).
"""

from __future__ import annotations

import mmap
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Literal, cast

import torch

from ..base.errors import CheckpointError
from ..base.files import StrPath, absent
from .budget import Budget
from .pickle_machine import PickleMachine, Reducer
from .pickle_reducers import NVIDIA_REDUCERS, SAFE_REDUCERS, check_name
from .pickle_values import Global
from .safetensors_file import is_safetensors, read_safetensors
from .torch_legacy import MAGIC_NUMBER, load_legacy, load_storage
from .torch_zip import TorchArchive
from .weight_folder import folder_in_place_of_file

Container = Literal["torch zip", "torchscript", "torch legacy", "pickle", "safetensors"]

PICKLE_REDUCERS: Mapping[Global, Reducer] = {
    **SAFE_REDUCERS,
    **NVIDIA_REDUCERS,
    Global("torch.storage", "_load_from_bytes"): load_storage,
}

HEAD_BYTES = 512
ZIP_MAGIC = b"PK\x03\x04"
PICKLE_PROTOCOLS = (b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05")
LEGACY_HEAD_BYTES = 23  # protocol, frame, magic number
LEGACY_MAGIC = b"\x8a\x0a" + MAGIC_NUMBER.to_bytes(10, "little")  # as a pickle pushes it

# Files that are often saved or chosen in place of a weight file: first bytes and what to do.
MISTAKEN: tuple[tuple[bytes, str], ...] = (
    (b"<", "this is a web page, not a weight file: the download failed. Download it again."),
    (
        b"version https://git-lfs",
        "this is a pointer of Git LFS: fetch the file with `git lfs pull`.",
    ),
    (b"\xfd7zXZ", "this is a packed archive: unpack it and choose a file of it."),
    (b"\x1f\x8b", "this is a packed archive: unpack it and choose a file of it."),
    (b"BZh", "this is a packed archive: unpack it and choose a file of it."),
    (b"GGUF", "this is a GGUF file, which FICE has no use for."),
    (b"\x89PNG", "this is a picture, not a weight file."),
    (b"\xff\xd8\xff", "this is a picture, not a weight file."),
    (b"7z\xbc\xaf", "this is a packed archive: unpack it and choose a file of it."),
)


@dataclass(frozen=True)
class Checkpoint:
    """Content of a weight file.

    Attributes:
        path: the file.
        container: how it was saved.
        content: plain data. TorchScript: the network's state dict. Instances of classes that are
            not ours: `PickledObject`. Tensors may be strided views that share storages.
        metadata: of a safetensors file.
    """

    path: Path
    container: Container
    content: object
    metadata: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def name(self) -> str:
        """File name, for messages."""
        return self.path.name


def read_checkpoint(path: StrPath) -> Checkpoint:
    """Reads the weight file `path`, of any kind, onto the CPU.

    Raises:
        CheckpointError: if it is missing, empty, damaged, no weight file, or asks to run code.
    """
    path = Path(path)
    if path.is_dir():
        raise folder_in_place_of_file(path)
    if not path.is_file():
        raise CheckpointError(absent("weight file", path))
    try:
        with torch.inference_mode(False), path.open("rb") as file:
            return _read(path, file)
    except CheckpointError as error:
        raise CheckpointError(f"{path.name}: {error}") from None
    except OSError as error:
        raise CheckpointError(f"{path.name} cannot be read: {error.strerror}.") from None
    except RecursionError:
        raise CheckpointError(f"{path.name} is damaged: it is nested too deeply.") from None
    except (MemoryError, RuntimeError):  # torch raises the latter
        raise CheckpointError(f"{path.name} needs more memory than there is.") from None


def _read(path: Path, file: IO[bytes]) -> Checkpoint:
    size = path.stat().st_size
    head = file.read(HEAD_BYTES)
    file.seek(0)
    _refuse_mistaken(head)
    budget = Budget(size)
    if head.startswith(ZIP_MAGIC):
        archive = TorchArchive(file, size, budget)
        container = "torchscript" if archive.is_script else "torch zip"
        return Checkpoint(path, container, archive.load())
    if head[:2] in PICKLE_PROTOCOLS:
        # A map instead of a file: reading past the end of it cannot allocate anything.
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
            stream = cast("IO[bytes]", mapped)
            if LEGACY_MAGIC in head[:LEGACY_HEAD_BYTES]:
                return Checkpoint(path, "torch legacy", load_legacy(stream, size, budget))
            machine = PickleMachine(stream, PICKLE_REDUCERS, check_name, budget)
            return Checkpoint(path, "pickle", machine.load())
    if is_safetensors(head):
        return _read_safetensors(path)
    raise CheckpointError(
        "this is not a weight file that FICE knows (.safetensors, .pt, .pth or .pkl)."
    )


def _refuse_mistaken(head: bytes) -> None:
    """Says what a file is that is not a weight file."""
    if not head:
        raise CheckpointError("the file is empty: the download failed. Download it again.")
    for magic, advice in MISTAKEN:
        if head.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(magic):
            raise CheckpointError(advice)


def _read_safetensors(path: Path) -> Checkpoint:
    tensors, metadata = read_safetensors(path)
    return Checkpoint(path, "safetensors", tensors, metadata)
