"""An edit of a photo with networks of full size and random weights, in a real host.

    OMP_NUM_THREADS=1 python -m tools.full_size --json docs/full-size.json
    OMP_NUM_THREADS=1 python -m tools.full_size --photo PHOTO.jpg

Memory, seconds, progress and previews of each stage; seconds from Cancel to the end of the run,
while networks are loaded, the person is looked for, starts are tried and steps are taken; memory
afterwards. The photo is a drawn figure in a room of 1365 x 2048 pixels, or one of your own.
Weights do not change what any of this takes; what comes out is noise.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from fice.demo.world.large_photo import Place, draw_large_photo
from fice.inversion.recipe import RECIPES
from fice.inversion.start import StartSearch
from tools.full_size.graph import photo_graph
from tools.full_size.networks import full_shape, small_shape, write_networks
from tools.full_size.record import MIB, recorded_run, seconds_between
from tools.host.comfy_host import (
    HOW_TO_GET_A_HOST,
    ComfyHost,
    Graph,
    Run,
    find_host,
    prepare_base,
    running_host,
)

HEIGHT, WIDTH = 2048, 1365
FIGURE = Place(10_900_103, 130, 700, 1100)
STEPS, CANDIDATES = 4, 4
SHAPES = {"full": full_shape, "small": small_shape}

Pixels = NDArray[np.uint8]


def measure(photo: Pixels, shape: str) -> dict[str, Any]:
    """All figures of one photo."""
    checkout = find_host()
    if checkout is None:
        raise SystemExit(HOW_TO_GET_A_HOST)
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder)
        prepare_base(base)
        files = write_networks(base / "models", SHAPES[shape]())
        sizes = {path.parent.name: path for path in (base / "models").rglob("*.safetensors")}
        with running_host(checkout, base) as host:
            name = host.put_input("person.png", photo)
            figures = {
                "conditions": _conditions(host),
                "photo": [photo.shape[1], photo.shape[0]],
                "files_mib": {k: round(p.stat().st_size / MIB) for k, p in sizes.items()},
                **_edit(host, files, name, photo),
            }
            log = host.log_text()
    figures["warnings_in_the_log"] = [line for line in log.splitlines() if "WARNING" in line]
    return figures


def _edit(host: ComfyHost, files: dict[str, str], name: str, photo: Pixels) -> dict[str, Any]:
    numbers = {"steps": STEPS, "start_candidates": CANDIDATES}

    def graph(**more: float) -> Graph:
        return photo_graph(files, name, **numbers, **more)

    looked_for = graph(seed=3)
    looked_for["frame"]["inputs"]["scale"] = 1.05
    start_mib = round(host.rss / MIB)
    search = StartSearch(CANDIDATES, RECIPES["tuned"].start.passes).looks
    cancelled = {"loading": _cancelled(host, graph(), lambda run: "load encoder" in run.executed)}
    run, stages = recorded_run(host, graph())
    if run.ended != "success":
        raise RuntimeError(
            f"the host ended with {run.ended}: {run.error}\n{host.log_text()[-3000:]}"
        )
    cancelled |= {
        "looking for the person": _cancelled(host, looked_for, lambda run: "frame" in run.executed),
        "trying starts": _cancelled(host, graph(seed=1), lambda run: _drawn(run) >= 1),
        "steps": _cancelled(host, graph(seed=2), lambda run: _drawn(run) > search),
    }
    after = round(host.rss / MIB)
    host.free(unload_models=True, free_memory=True)
    time.sleep(5.0)
    return {
        "settings": {**numbers, "text": graph()["inversion"]["inputs"]["text"]},
        "seconds": round(run.seconds, 1),
        "first_preview_seconds": round(run.previews[0][0], 1),
        "stages": stages,
        "seconds_per_look_of_four": seconds_between(run, "inversion", 2, search),
        "seconds_per_step": seconds_between(run, "inversion", search + 2, search + STEPS),
        "cancelled": cancelled,
        "memory_mib": {
            "host alone": start_mib,
            "peak": max(stage["peak_mib"] for stage in stages),
            "after all runs": after,
            "after Free": round(host.rss / MIB),
        },
        **_kept(host, run, photo),
    }


def _cancelled(host: ComfyHost, graph: Graph, when: Callable[[Run], bool]) -> dict[str, Any]:
    """How the run ended that was cancelled half a second after `when`, and seconds until then."""
    pressed = 0.0
    with host.queued(graph) as (run, events):
        for _ in events:
            if not pressed and when(run):
                time.sleep(0.5)
                host.interrupt()
                pressed = time.monotonic()
    return {"ended": run.ended, "seconds": round(time.monotonic() - pressed, 1)}


def _drawn(run: Run) -> int:
    """How many pictures the inversion has drawn."""
    return max((e["value"] for e in run.named("progress") if e["node"] == "inversion"), default=0)


def _kept(host: ComfyHost, run: Run, photo: Pixels) -> dict[str, Any]:
    """What changed, and what was said of the photo."""
    result, mask = (host.image(run.outputs[one]["images"][0]) for one in ("save", "mask"))
    outside = mask[..., 0] == 0
    difference = np.abs(result.astype(int) - photo.astype(int)).max(-1)
    reports = {
        one: json.loads(run.outputs[f"{one} report"]["text"][0]) for one in ("start", "inversion")
    }
    return {
        "result": [result.shape[1], result.shape[0]],
        "share_outside": round(float(outside.mean()), 3),
        "largest_change_outside": int(difference[outside].max()) if outside.any() else None,
        "max_change_outside_told": run.outputs["outside"]["text"][0],
        "the_guard_says": {
            "start": reports["start"]["warning"],
            "inversion": reports["inversion"]["warnings"],
        },
    }


def _conditions(host: ComfyHost) -> dict[str, Any]:
    return {
        "host": ".".join(map(str, host.version)),
        "threads": os.environ.get("OMP_NUM_THREADS", "all"),
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 1),
        "date": date.today().isoformat(),
    }


def _photo(path: Path | None) -> Pixels:
    if path is None:
        return draw_large_photo((HEIGHT, WIDTH), [FIGURE])
    found = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if found is None:
        raise SystemExit(f"{path} is no picture.")
    size = (round(found.shape[1] * HEIGHT / found.shape[0]), HEIGHT)
    large = cv2.resize(found, size, interpolation=cv2.INTER_CUBIC)
    return np.asarray(cv2.cvtColor(large, cv2.COLOR_BGR2RGB), np.uint8)


def main() -> None:
    """Measures, prints and writes the figures."""
    parser = argparse.ArgumentParser(prog="python -m tools.full_size", description=__doc__)
    parser.add_argument("--photo", type=Path, help="a photo of your own")
    parser.add_argument("--shape", choices=list(SHAPES), default="full")
    parser.add_argument("--json", type=Path, help="file for the figures")
    given = parser.parse_args()
    figures = json.dumps(measure(_photo(given.photo), given.shape), indent=1)
    sys.stdout.write(figures + "\n")
    if given.json:
        given.json.write_text(figures + "\n")


if __name__ == "__main__":
    main()
