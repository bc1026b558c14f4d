"""Any weight file to plain data: dicts, lists, numbers, strings and tensors.

Nothing that a file names is imported or called, whatever its container (formats, sections 1, 3, 4).
"""

from __future__ import annotations

import mmap
import re
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
PACKED = "this is a packed archive: unpack it and choose a file of it."
PICTURE = "this is a picture, not a weight file."
MISTAKEN: tuple[tuple[bytes, str], ...] = (
    (b"<", "this is a web page, not a weight file: the download failed. Download it again."),
    (
        b"version https://git-lfs",
        "this is a pointer of Git LFS, not the file itself: download that from the page of its "
        "publisher, or fetch it with `git lfs pull`.",
    ),
    (b"\xfd7zXZ", PACKED),
    (b"\x1f\x8b", PACKED),
    (b"BZh", PACKED),
    (b"7z\xbc\xaf", PACKED),
    (b"Rar!", PACKED),
    (b"GGUF", "this is a GGUF file, which FICE has no use for."),
    (
        b"\x89HDF",
        "this is an HDF5 file, as TensorFlow and Keras write them. FICE reads PyTorch's.",
    ),
    (b"\x89PNG", PICTURE),
    (b"\xff\xd8\xff", PICTURE),
)
ONNX = re.compile(rb"\x08[\x01-\x7f]\x12.[\w. -]+", re.DOTALL)  # version, name of what wrote it
SHOWN_CHARACTERS = 60  # of a text in place of a file


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
    if ONNX.match(head):
        raise CheckpointError(
            "this is an ONNX file, which FICE cannot read. Get the PyTorch weights that it was "
            "made of (.safetensors, .pt, .pth or .pkl)."
        )
    if text := _as_text(head):
        raise CheckpointError(
            f"this is a text, not a weight file: the download failed. It begins with {text!r}."
        )


def _as_text(head: bytes) -> str:
    """The first words of `head` if it is a text, as some servers send in place of a file."""
    text = head.decode("ascii", errors="replace").strip()
    is_text = (
        all(letter.isprintable() or letter.isspace() for letter in text) and "\ufffd" not in text
    )
    return " ".join(text.split())[:SHOWN_CHARACTERS] if is_text else ""


def _read_safetensors(path: Path) -> Checkpoint:
    tensors, metadata = read_safetensors(path)
    return Checkpoint(path, "safetensors", tensors, metadata)
