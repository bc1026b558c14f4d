"""Seconds, floating point operations and memory."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import torch
from torch.utils.flop_counter import FlopCounterMode


@dataclass(frozen=True)
class Seconds:
    """What one call took.

    Attributes:
        cpu: of all threads of this process. On one thread it hardly depends on what else the
            machine is doing; with more, waiting threads count too.
        wall: on the clock on the wall.
    """

    cpu: float
    wall: float


def timed(call: Callable[[], object], device: torch.device) -> Seconds:
    """Runs `call` once; on a GPU, until all its work is done."""
    _finish(device)
    cpu, wall = time.process_time(), time.perf_counter()
    call()
    _finish(device)
    return Seconds(time.process_time() - cpu, time.perf_counter() - wall)


def repeated(call: Callable[[], object], device: torch.device, repeats: int) -> Seconds:
    """The smallest times of `repeats` calls after one that is not counted."""
    call()
    runs = [timed(call, device) for _ in range(repeats)]
    return Seconds(min(run.cpu for run in runs), min(run.wall for run in runs))


def middle(runs: list[Seconds]) -> Seconds:
    """The median times."""
    return Seconds(median(run.cpu for run in runs), median(run.wall for run in runs))


def gigaflops(call: Callable[[], object]) -> float:
    """10⁹ floating point operations of `call`; a multiplication and an addition count as two."""
    with FlopCounterMode(display=False) as counter:
        call()
    return counter.get_total_flops() / 1e9


def peak_gibibytes(device: torch.device) -> float:
    """Most memory so far: of the GPU if there is one, else resident memory of this process.

    0 where the system does not tell (Windows).
    """
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device) / 2**30
    if device.type == "xpu":
        return torch.xpu.max_memory_allocated(device) / 2**30
    return _peak_resident_bytes() / 2**30


def _peak_resident_bytes() -> int:
    # Not getrusage on Linux: there a process starts with the peak of the one that started it.
    status = Path("/proc/self/status")
    if status.is_file():
        lines = status.read_text(encoding="utf-8").splitlines()
        line = next(one for one in lines if one.startswith("VmHWM:"))
        return int(line.split()[1]) * 1024
    try:
        import resource
    except ImportError:  # Windows
        return 0
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def _finish(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    elif device.type == "mps":
        torch.mps.synchronize()
    elif device.type == "xpu":
        torch.xpu.synchronize(device)
