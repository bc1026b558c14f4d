"""How much memory an optimisation takes, how much there is, and so how many images fit at once."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import cast

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

# What convolutions take beside the tensors that torch knows of, and what fragments leave unused.
USABLE_SHARE = 0.8
CONTROL_GROUP = Path("/sys/fs/cgroup")
MEMORY_FACTS = Path("/proc/meminfo")


def peak_bytes(call: Callable[[], object]) -> int:
    """Most bytes in tensors that `call` made and that were alive at one time, on any device.

    Counted as they are made and freed, so it is the same on a CPU as on a GPU. Scratch memory of
    single operators is not seen. `call` runs once, a little slower than usual.
    """
    with _Ledger() as ledger:
        call()
    return ledger.peak


def free_bytes(device: torch.device) -> int | None:
    """Bytes that `device` can still give, None where the system does not tell."""
    if device.type == "cuda":
        cached = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
        return torch.cuda.mem_get_info(device)[0] + cached
    known = [left for left in (_free_in_system(), _free_in_control_group()) if left is not None]
    return min(known, default=None)


def images_at_once(bytes_per_image: int, images: int, free: int | None) -> int:
    """How many of `images` fit into `free` bytes together; at least one is always tried.

    Groups are made equal: 9 images where 8 would fit become 5 and 4.
    """
    if free is None:
        return images
    most = max(1, int(free * USABLE_SHARE) // max(bytes_per_image, 1))
    groups = -(-images // most)
    return -(-images // groups)


class _Ledger(TorchDispatchMode):
    """Counts the bytes of storages from the operator that made them until they are freed."""

    def __init__(self) -> None:
        super().__init__()
        self.peak = 0
        self._alive = 0
        self._known: weakref.WeakSet[torch.UntypedStorage] = weakref.WeakSet()

    def __torch_dispatch__(
        self,
        func: Callable[..., object],
        types: Iterable[type],
        args: Sequence[object] = (),
        kwargs: Mapping[str, object] | None = None,
    ) -> object:
        del types
        self._known.update(_storages((args, kwargs)))  # what was there before is not counted
        made = func(*args, **(kwargs or {}))
        for storage in _storages(made):
            if storage not in self._known:
                self._add(storage)
        return made

    def _add(self, storage: torch.UntypedStorage) -> None:
        size = storage.nbytes()
        self._known.add(storage)
        self._alive += size
        self.peak = max(self.peak, self._alive)
        weakref.finalize(storage, self._remove, size)

    def _remove(self, size: int) -> None:
        self._alive -= size


def _storages(values: object) -> Iterable[torch.UntypedStorage]:
    leaves = cast("list[object]", tree_leaves(values))
    return (leaf.untyped_storage() for leaf in leaves if isinstance(leaf, Tensor))


def _free_in_system() -> int | None:
    try:
        lines = MEMORY_FACTS.read_text().splitlines()
        line = next(line for line in lines if line.startswith("MemAvailable"))
    except (OSError, StopIteration):
        return None
    return int(line.split()[1]) * 1024


def _free_in_control_group() -> int | None:
    """What a container may still take."""
    try:
        limit = (CONTROL_GROUP / "memory.max").read_text().strip()
        used = int((CONTROL_GROUP / "memory.current").read_text())
    except (OSError, ValueError):
        return None
    return int(limit) - used if limit.isdecimal() else None
