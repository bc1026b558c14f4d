"""What ComfyUI adds: the same edit as nodes and as `fice.edit`, in turns.

    python -m tools.host_overhead --rounds 5 --json docs/host-overhead.json

Both run in the host's Python with the same number of threads. The library's models are loaded
before the first round, and the host's by a first run that is not counted. Beside that, the workflow
that shows all stages is timed from nothing, loading included.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from tools.host.comfy_host import (
    HOW_TO_GET_A_HOST,
    PACK,
    PACK_NAME,
    ComfyHost,
    find_host,
    host_python,
    prepare_base,
    running_host,
)
from tools.host.workflow_files import WORKFLOWS, read_workflow, ui_to_api

TEXT = "a red striped shirt"
STEP_BY_STEP = "FICE 03 - change the garment by words.json"
PHOTO = WORKFLOWS / "assets" / "fice_demo_photo.png"
LIBRARY = """
import sys, time
import numpy as np, torch
from PIL import Image
import fice
photo = torch.from_numpy(np.array(Image.open(sys.argv[1]).convert("RGB"))).permute(2, 0, 1) / 255
models = fice.load_models("demo")
print("ready", flush=True)
for line in sys.stdin:
    start = time.monotonic()
    fice.edit(photo, sys.argv[2], models=models, seed=int(line))
    print(time.monotonic() - start, flush=True)
"""


class Library:
    """A process that edits with the library, one edit for each line it is sent."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        assert self._answer() == "ready"

    def _answer(self) -> str:
        assert self._process.stdout
        return self._process.stdout.readline().strip()

    def seconds(self, seed: int) -> float:
        """Of one edit."""
        assert self._process.stdin
        self._process.stdin.write(f"{seed}\n")
        self._process.stdin.flush()
        return float(self._answer())


@contextmanager
def library(python: str) -> Iterator[Library]:
    """Starts the process, and ends it afterwards."""
    process = subprocess.Popen(
        [python, "-c", LIBRARY, str(PHOTO), TEXT],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=PACK,
        env={**os.environ, "PYTHONPATH": str(PACK)},
    )
    try:
        yield Library(process)
    finally:
        assert process.stdin
        process.stdin.close()
        process.wait(60)


def host_seconds(host: ComfyHost, seed: int) -> float:
    """Of one prompt with the node FICE Edit, from queueing to its end."""
    edit = {
        "image": ["photo", 0],
        "text": TEXT,
        "model_set": "demo (built in)",
        "seed": seed,
        "negative_text": "",
        "recipe": "tuned",
        "preview_every": 5,
    }
    graph = {
        "photo": {"class_type": "LoadImage", "inputs": {"image": PHOTO.name}},
        "edit": {"class_type": "FICEEdit", "inputs": edit},
        "save": {"class_type": "PreviewImage", "inputs": {"images": ["edit", 0]}},
    }
    run = host.run(graph)
    if run.ended != "success":
        raise RuntimeError(f"the host ended with {run.ended}: {run.error}")
    return run.seconds


def workflow_seconds(host: ComfyHost) -> dict[str, float]:
    """Of the step-by-step workflow, in all and from the start of the inversion to a preview."""
    host.free(free_memory=True, unload_models=True)
    graph = ui_to_api(read_workflow(WORKFLOWS / STEP_BY_STEP))
    inversion = next(
        name for name, one in graph.items() if one["class_type"] == "FICEClipGuidedInversion"
    )
    run = host.run(graph)
    if run.ended != "success":
        raise RuntimeError(f"the host ended with {run.ended}: {run.error}")
    first = next(at for at, name in run.previews if name == inversion)
    return {
        "workflow_seconds": round(run.seconds, 2),
        "first_preview_seconds": round(first - run.started_at[inversion], 2),
    }


def import_seconds(host: ComfyHost) -> float:
    """What the host says that importing the pack took, to a tenth of a second."""
    found = re.search(rf"([0-9.]+) seconds: \S*{PACK_NAME}\s", host.log_text())
    if not found:
        raise RuntimeError("the host did not import the pack")
    return float(found[1])


def measure(rounds: int) -> dict[str, Any]:
    """Seconds of both ways in turns, and the median of the ratios of each round."""
    checkout = find_host()
    if checkout is None:
        raise SystemExit(HOW_TO_GET_A_HOST)
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder)
        prepare_base(base)
        with running_host(checkout, base) as host, library(host_python(checkout)) as own:
            host_seconds(host, 0)
            own.seconds(0)
            pairs = [(host_seconds(host, seed), own.seconds(seed)) for seed in range(1, rounds + 1)]
            workflow = workflow_seconds(host)
            version = ".".join(map(str, host.version))
            pack = import_seconds(host)
    ratios = [nodes / plain for nodes, plain in pairs]
    return {
        "host": version,
        "threads": os.environ.get("OMP_NUM_THREADS", "all"),
        "date": date.today().isoformat(),
        "text": TEXT,
        "seconds_nodes": [round(nodes, 2) for nodes, _ in pairs],
        "seconds_library": [round(plain, 2) for _, plain in pairs],
        "ratios": [round(ratio, 3) for ratio in ratios],
        "median_ratio": round(statistics.median(ratios), 3),
        **workflow,
        "import_seconds": pack,
    }


def main() -> None:
    """Measures, prints and writes the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", type=Path, help="file for the figures")
    given = parser.parse_args()
    figures = json.dumps(measure(given.rounds), indent=1)
    sys.stdout.write(figures + "\n")
    if given.json:
        given.json.write_text(figures + "\n")


if __name__ == "__main__":
    main()
