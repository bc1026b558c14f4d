"""Zip archives of `torch.save` and TorchScript, read without torch.

A pickle `NAME/data.pkl` refers to storages, each an uncompressed entry `NAME/data/KEY`. Names in
the archive are only ever keys of a table: nothing is unpacked.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Callable
from typing import IO, TypeVar, cast

import torch
from torch import Tensor

from ..base.errors import CheckpointError
from .budget import Budget
from .pickle_machine import DAMAGE, PickleMachine
from .pickle_reducers import (
    SAFE_REDUCERS,
    SCRIPT_REDUCERS,
    check_name,
    check_script_name,
    parameter_storage,
)
from .pickle_values import PickledObject, expect_name
from .tensor_storage import Storage, allocate

T = TypeVar("T")

UNUSED = (".py", ".debug_pkl")  # code of TorchScript, the only entries that torch compresses
PIECE_BYTES = 1 << 22
MAX_DIRECTORY_BYTES = 8 << 20  # of the archive; CLIP RN50x4's takes 100 KB
MAX_VALUES = 100_000  # attributes of all modules; CLIP RN50x4 has a few thousand

ZIP_DAMAGE = (*DAMAGE, zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, zlib.error)


class TorchArchive:
    """The entries of one archive.

    Raises:
        CheckpointError: if it is not an archive that torch writes, or not to be trusted.
    """

    def __init__(self, stream: IO[bytes], size: int, budget: Budget) -> None:
        self.size, self.budget = size, budget
        self.zip = _guarded(lambda: _open(stream))
        self.entries = {entry.filename: entry for entry in self.zip.infolist()}
        _check_entries(self.zip.infolist(), size)
        roots = [name for name in self.entries if name.endswith("/data.pkl")]
        if len(roots) != 1:
            raise CheckpointError(
                "The file is a zip archive, but not one that torch saved: unpack it and choose a "
                "file of it."
            )
        self.root = roots[0].removesuffix("data.pkl")
        self.storages: dict[str, Storage] = {}

    @property
    def is_script(self) -> bool:
        """Whether this is TorchScript: a network with its code, not only tensors."""
        return f"{self.root}constants.pkl" in self.entries

    def load(self) -> object:
        """The saved object; of a TorchScript archive, the state dict of its network."""
        self._check_byte_order()
        data = self._small_entry("data.pkl")
        machine = PickleMachine(
            io.BytesIO(data),
            SAFE_REDUCERS | SCRIPT_REDUCERS,
            check_script_name if self.is_script else check_name,
            self.budget,
            self._storage,
        )
        value = machine.load()
        return state_of_script(value) if self.is_script else value

    def _check_byte_order(self) -> None:
        known = f"{self.root}byteorder" in self.entries  # absent before torch 2.1
        if known and self._small_entry("byteorder") != b"little":
            raise CheckpointError("The file was saved on a big-endian machine: not supported.")

    def _small_entry(self, name: str) -> bytes:
        return _guarded(lambda: self.zip.read(self.entries[f"{self.root}{name}"]))

    def _storage(self, persistent_id: object) -> Storage:
        dtype, key, numel = parameter_storage(persistent_id)
        name = f"{self.root}data/{key}"
        if name not in self.entries:
            raise CheckpointError(f"The file is incomplete: the data of tensor {key} is missing.")
        if key not in self.storages:
            self.storages[key] = self._read(name, dtype, numel)
        return self.storages[key]

    def _read(self, name: str, dtype: torch.dtype, numel: int) -> Storage:
        entry = self.entries[name]
        storage = allocate(dtype, numel, entry.file_size, self.budget)

        def fill() -> int:
            # In pieces: `readinto` of an entry first reads all that it is asked for.
            done = 0
            with cast("io.BufferedIOBase", self.zip.open(entry)) as file:
                while count := file.readinto(storage.buffer[done : done + PIECE_BYTES]):
                    done += count
            return done

        if storage.data.numel() and _guarded(fill) != len(storage.buffer):
            raise CheckpointError("The file ends within its tensors; download it again.")
        return storage


def _check_entries(entries: list[zipfile.ZipInfo], size: int) -> None:
    """Refuses what torch never writes: compression, odd names, entries that share their bytes."""
    names = [entry.filename for entry in entries]
    if len(set(names)) != len(names):
        raise CheckpointError("The archive has two entries of one name: it was tampered with.")
    for name in names:
        parts = name.split("/")
        if ".." in parts or "\\" in name or ":" in name or name.startswith("/"):
            raise CheckpointError(f"The archive has an entry {name[:60]!r}: it was tampered with.")
    used = [entry for entry in entries if not entry.filename.endswith(UNUSED)]
    if any(entry.compress_type != zipfile.ZIP_STORED for entry in used):
        raise CheckpointError(
            "The archive is compressed, which torch never does; get the original."
        )
    if sum(entry.file_size for entry in used) > size:
        raise CheckpointError("The archive claims to hold more data than it has bytes.")


def _guarded(read: Callable[[], T]) -> T:
    """Result of `read`, whose complaints about the archive become ours."""
    try:
        return read()
    except ZIP_DAMAGE as error:
        raise CheckpointError(
            f"The file is a damaged or incomplete archive ({str(error)[:80]!r}); download it again."
        ) from None


class _Directory:
    """A stream of which no more than a sensible directory can be read at once.

    `zipfile` makes an object of 500 bytes of each entry, of which 50 bytes can be enough.
    """

    def __init__(self, stream: IO[bytes]) -> None:
        self.seek, self.tell, self._read = stream.seek, stream.tell, stream.read

    def read(self, count: int = -1) -> bytes:
        if count > MAX_DIRECTORY_BYTES:
            raise zipfile.BadZipFile("its directory is too large")
        return self._read(count)


def _open(stream: IO[bytes]) -> zipfile.ZipFile:
    archive = zipfile.ZipFile(cast("IO[bytes]", _Directory(stream)))
    archive.fp = stream
    return archive


def state_of_script(value: object) -> dict[str, object]:
    """State dict of the nested modules of a TorchScript archive: tensors by dotted name."""
    state: dict[str, object] = {}
    waiting = [("", value)]
    for _ in range(MAX_VALUES):
        if not waiting:
            return state
        if len(waiting) > MAX_VALUES:
            break
        name, part = waiting.pop()
        if isinstance(part, Tensor):
            state[name] = part
        elif isinstance(part, PickledObject):
            prefix = f"{name}." if name else ""
            waiting += [
                (expect_name(f"{prefix}{expect_name(key)}"), child)
                for key, child in part.state.items()
                if isinstance(child, (Tensor, PickledObject))
            ]
    raise CheckpointError("The file's network has more parts than any that is known.")
