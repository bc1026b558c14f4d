"""How much memory an optimisation takes, how much there is, and so how many images fit at once."""

from __future__ import annotations

import ctypes
import os
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
# Where nobody tells what is free: a guess that suits a laptop and the demo's size of picture.
MOST_WHERE_UNKNOWN = 8
FREE_SHARE = 0.5  # of all memory, where a system tells only how much there is


def peak_bytes(call: Callable[[], object]) -> int:
    """Most bytes in tensors that `call` made and that were alive at one time, on any device.

    Counted as they are made and freed, so it is the same on a CPU as on a GPU. Scratch memory of
    single operators is not seen. `call` runs once, a little slower than usual.
    """
    with _Ledger() as ledger:
        call()
    return ledger.peak


def free_bytes(device: torch.device) -> int | None:
    """Bytes that `device` can still give, None where nobody tells."""
    if device.type == "cuda":
        cached = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
        return torch.cuda.mem_get_info(device)[0] + cached
    if device.type == "xpu":
        ask = getattr(torch.xpu, "mem_get_info", None)  # not in the oldest torch we take
        return None if ask is None else int(ask(device)[0])
    if device.type == "mps":
        # What is more than this takes memory from the system, which it shares.
        left = torch.mps.recommended_max_memory() - torch.mps.current_allocated_memory()
        return max(0, left)
    ways = (_free_in_system, _free_in_control_group, _free_in_windows)
    known = [left for way in ways if (left := way()) is not None]
    return min(known) if known else _share_of_all()


def images_at_once(bytes_per_image: int, images: int, free: int | None) -> int:
    """How many of `images` fit into `free` bytes together; at least one is always tried.

    Groups are made equal: 9 images where 8 would fit become 5 and 4.
    """
    if free is None:
        most = MOST_WHERE_UNKNOWN
    else:
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
        lines = MEMORY_FACTS.read_text(encoding="utf-8").splitlines()
        line = next(line for line in lines if line.startswith("MemAvailable"))
    except (OSError, StopIteration):
        return None
    return int(line.split()[1]) * 1024


def _free_in_control_group() -> int | None:
    """What a container may still take."""
    try:
        limit = (CONTROL_GROUP / "memory.max").read_text(encoding="utf-8").strip()
        used = int((CONTROL_GROUP / "memory.current").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return int(limit) - used if limit.isdecimal() else None


class _WindowsMemory(ctypes.Structure):
    """MEMORYSTATUSEX of the Windows API."""

    _fields_ = (
        ("length", ctypes.c_uint32),
        ("load", ctypes.c_uint32),
        ("all", ctypes.c_uint64),
        ("free", ctypes.c_uint64),
        ("rest", ctypes.c_uint64 * 5),
    )


def _free_in_windows() -> int | None:
    library = getattr(ctypes, "windll", None)
    if library is None:
        return None
    memory = _WindowsMemory(length=ctypes.sizeof(_WindowsMemory))
    told = library.kernel32.GlobalMemoryStatusEx(ctypes.byref(memory))
    return int(memory.free) if told else None


def _share_of_all() -> int | None:
    """A share of all memory: macOS does not tell how much of it is free."""
    ask = getattr(os, "sysconf", None)
    if ask is None:
        return None
    try:
        return int(ask("SC_PHYS_PAGES") * ask("SC_PAGE_SIZE") * FREE_SHARE)
    except (OSError, ValueError):
        return None
