"""What a run and all its descendants take: CPU seconds and memory, read from /proc."""

from __future__ import annotations

import contextlib
import os
import threading
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

MARK = "FICE_SCALE_RUN"
INTERVAL_S = 1.0
MEMORY_EVERY = 5  # looks: the kernel walks all pages for it
TICKS = os.sysconf("SC_CLK_TCK")


class Watch:
    """All processes that have the mark of a run in their environment, daemons among them."""

    def __init__(self) -> None:
        self.mark = uuid.uuid4().hex
        self._cpu: dict[int, float] = {}
        self._memory: dict[str, int] = {}
        self._foreign: set[int] = set()
        self._looks = 0
        self._stop = threading.Event()

    def environment(self) -> dict[str, str]:
        """For the processes to watch, each with one thread for its sums."""
        return {
            **{key: value for key, value in os.environ.items() if key != "PYTHONPATH"},
            MARK: self.mark,
            "OMP_NUM_THREADS": "1",
            "RAY_USAGE_STATS_ENABLED": "0",
        }

    def cpu(self) -> float:
        """CPU seconds of all of them so far, those that ended among them."""
        self._look()
        return sum(self._cpu.values())

    def processes(self) -> list[int]:
        """Those of them that are there now."""
        self._look()
        return [pid for pid in self._cpu if Path(f"/proc/{pid}").exists()]

    def memory(self) -> dict[str, int]:
        """The most proportional memory, in bytes, that a process of each kind had."""
        return dict(sorted(self._memory.items()))

    @contextlib.contextmanager
    def watching(self) -> Iterator[None]:
        """Looks until the end of the block."""
        thread = threading.Thread(target=self._watch, daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._stop.set()
            thread.join()
            self._look()

    def _watch(self) -> None:
        while not self._stop.wait(INTERVAL_S):
            self._look()

    def _look(self) -> None:
        self._looks += 1
        for folder in Path("/proc").iterdir():
            if folder.name.isdigit() and int(folder.name) not in self._foreign:
                with contextlib.suppress(OSError):  # it ended, or belongs to somebody else
                    self._look_at(folder)

    def _look_at(self, folder: Path) -> None:
        pid = int(folder.name)
        if pid not in self._cpu and self.mark.encode() not in (folder / "environ").read_bytes():
            if time.time() - folder.stat().st_mtime > 1.0:  # it may not have begun its program
                self._foreign.add(pid)
            return
        fields = (folder / "stat").read_text().rpartition(")")[2].split()
        self._cpu[pid] = (int(fields[11]) + int(fields[12])) / TICKS
        kind = _kind((folder / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        if kind and self._looks % MEMORY_EVERY == 0:
            proportional = (folder / "smaps_rollup").read_text().partition("\nPss:")[2].split()
            self._memory[kind] = max(self._memory.get(kind, 0), int(proportional[0]) * 1024)


def _kind(command: str) -> str:
    if command.startswith("ray::") and "MapBatches" in command:
        return "worker of Ray"
    if "raylet/raylet" in command or "gcs_server" in command:
        return "daemon of Ray"
    if "main.py --cpu" in command:
        return "ComfyUI"
    return "the command" if " fice batch " in command else ""
