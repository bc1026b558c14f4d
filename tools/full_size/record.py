"""What a run took: memory, seconds, progress and previews of each stage."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median
from typing import Any

from tools.host.comfy_host import ComfyHost, Graph, Run

MIB = 1 << 20
EVERY = 0.1  # seconds between two looks at the memory


@dataclass
class Memory:
    """Resident memory of the host over time.

    Attributes:
        samples: seconds of the clock, and bytes.
    """

    samples: list[tuple[float, int]] = field(default_factory=list)

    def peak(self, start: float, end: float) -> int:
        """The most between two times, in MiB, of the samples around them."""
        inside = [rss for at, rss in self.samples if start - EVERY <= at <= end + EVERY]
        last = [rss for _, rss in self.samples[-1:]]
        return round(max(inside or last) / MIB)


@contextmanager
def watched_memory(host: ComfyHost) -> Iterator[Memory]:
    """Looks at the memory of `host` ten times a second."""
    memory, over = Memory(), threading.Event()

    def look() -> None:
        while not over.wait(EVERY):
            memory.samples.append((time.monotonic(), host.rss))

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield memory
    finally:
        over.set()
        thread.join()


def recorded_run(host: ComfyHost, graph: Graph) -> tuple[Run, list[dict[str, Any]]]:
    """Runs `graph`; what each stage took, in the order in which they ran."""
    start = None
    with watched_memory(host) as memory, host.queued(graph) as (run, events):
        for _ in events:
            start = start or time.monotonic() - run.seconds
    assert start is not None
    return host.finish(run), list(_stages(run, memory, start))


def _stages(run: Run, memory: Memory, start: float) -> Iterator[dict[str, Any]]:
    begun = [
        (event["data"]["node"], event["at"])
        for event in run.events
        if event["type"] == "executing" and event["data"].get("node")
    ]
    for (stage, since), (_, until) in pairwise([*begun, ("", run.seconds)]):
        marks = [
            e["at"] for e in run.events if _is_progress_of(e, stage) and since <= e["at"] <= until
        ]
        times = [since, *marks, until]
        yield {
            "stage": stage,
            "seconds": round(until - since, 2),
            "peak_mib": memory.peak(start + since, start + until),
            "progress_messages": len(marks),
            "previews": sum(node == stage and since <= at <= until for at, node in run.previews),
            "longest_silence_seconds": round(max(b - a for a, b in pairwise(times)), 2),
            "said": [text for node, text in run.said if node == stage][-1:],
        }


def seconds_between(run: Run, stage: str, first: int, last: int) -> float | None:
    """The median time between progress messages `first` to `last` of a stage."""
    at = {e["data"]["value"]: e["at"] for e in run.events if _is_progress_of(e, stage)}
    steps = [at[n] - at[n - 1] for n in range(first + 1, last + 1) if n in at and n - 1 in at]
    return round(median(steps), 2) if steps else None


def _is_progress_of(event: dict[str, Any], stage: str) -> bool:
    return event["type"] == "progress" and event["data"].get("node") == stage
