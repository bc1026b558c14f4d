"""How much memory a piece of code took at its peak, whatever this process took before."""

from __future__ import annotations

import contextlib
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

STATUS, FORGET_PEAK = Path("/proc/self/status"), Path("/proc/self/clear_refs")


@dataclass
class Growth:
    """Bytes at the peak beyond those before; 0 where the system does not tell (not Linux)."""

    bytes: int = 0


@contextlib.contextmanager
def memory_growth() -> Generator[Growth]:
    """Measures what is done in it; `bytes` is there afterwards."""
    growth = Growth()
    if not FORGET_PEAK.exists():
        yield growth
        return
    FORGET_PEAK.write_text("5")
    before = _kilobytes("VmRSS")
    yield growth
    growth.bytes = (_kilobytes("VmHWM") - before) * 1024


def _kilobytes(name: str) -> int:
    line = next(one for one in STATUS.read_text().splitlines() if one.startswith(f"{name}:"))
    return int(line.split()[1])
