"""The serialisation of torch before 1.6, which NVIDIA's pickles also embed for each storage.

Five pickles in a row (magic number, protocol, system info, the object, the keys of its storages),
then for each key its number of elements as int64 and the raw little-endian data.
"""

from __future__ import annotations

import io
from typing import IO

from ..base.errors import CheckpointError
from .budget import Budget
from .file_bytes import as_bytes, let_go
from .pickle_machine import DAMAGE, PickleMachine
from .pickle_reducers import SAFE_REDUCERS, check_name, parameter_storage
from .pickle_values import expect
from .tensor_storage import Storage, allocate

MAGIC_NUMBER = 0x1950A86A20F9469CFC6C
PROTOCOL_VERSION = 1001
COUNT_BYTES = 8


class _LegacyFile:
    """One stream of this serialisation, read front to back."""

    def __init__(self, stream: IO[bytes], size: int, budget: Budget) -> None:
        self.stream, self.size, self.budget = stream, size, budget
        self.storages: dict[str, Storage] = {}

    def load(self) -> object:
        self._check_header()
        value = self._pickle()
        keys = [expect(key, str) for key in expect(self._pickle(), list)]
        if sorted(keys) != sorted(self.storages):
            raise CheckpointError("The file is damaged: its list of tensors is wrong.")
        for key in keys:
            self._fill(self.storages[key])
        return value

    def _check_header(self) -> None:
        magic, version, system = self._pickle(), self._pickle(), expect(self._pickle(), dict)
        if magic != MAGIC_NUMBER or version != PROTOCOL_VERSION:
            raise CheckpointError("The file's tensors are not in a format that torch writes.")
        if system.get("little_endian") is not True:
            raise CheckpointError("The file was saved on a big-endian machine: not supported.")

    def _pickle(self) -> object:
        return PickleMachine(
            self.stream, SAFE_REDUCERS, check_name, self.budget, self._storage
        ).load()

    def _storage(self, persistent_id: object) -> Storage:
        dtype, key, numel = parameter_storage(persistent_id)
        if key not in self.storages:
            self.storages[key] = allocate(dtype, numel, self.size, self.budget)
        return self.storages[key]

    def _fill(self, storage: Storage) -> None:
        count = int.from_bytes(self.stream.read(COUNT_BYTES), "little")
        if count != storage.data.numel():
            raise CheckpointError("The file is damaged: the sizes of its tensors disagree.")
        buffer = storage.buffer
        raw = self.stream.read(len(buffer))
        if len(raw) != len(buffer):
            raise CheckpointError("The file ends within its tensors; download it again.")
        buffer[:] = raw
        let_go(self.stream)


def load_legacy(stream: IO[bytes], size: int, budget: Budget) -> object:
    """The object in `stream`, which holds `size` bytes.

    Raises:
        CheckpointError: if it is damaged or names something that is not allowed.
    """
    try:
        return _LegacyFile(stream, size, budget).load()
    except DAMAGE as error:
        raise CheckpointError(f"The file's tensors are damaged ({error}).") from None


def load_storage(arguments: tuple[object, ...], budget: Budget) -> Storage:
    """Decodes the bytes that `torch.storage._load_from_bytes` would run as a pickle."""
    raw = as_bytes(arguments[0])
    budget.spend(len(raw))  # else one string could be decoded again and again
    return expect(load_legacy(io.BytesIO(raw), len(raw), budget), Storage)
