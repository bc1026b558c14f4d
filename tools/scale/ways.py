"""The ways of doing a block, each of which leaves its pictures in a folder of its own."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from tools.host.comfy_host import (
    HOW_TO_GET_A_HOST,
    PACK,
    find_host,
    prepare_base,
    running_host,
)

from .job import RECIPE, STEPS, photos, table, texts
from .processes import MARK, Watch

GRAPH = {
    "photo": {"class_type": "LoadImage", "inputs": {"image": "example.png"}},
    "edit": {
        "class_type": "FICEEdit",
        "inputs": {
            "image": ["photo", 0],
            "text": "",
            "model_set": "demo (built in)",
            "seed": 0,
            "negative_text": "",
            "recipe": RECIPE,
            "settings": ["settings", 0],
            "preview_every": 0,
        },
    },
    "settings": {"class_type": "FICEInversionSettings", "inputs": {}},
    "result": {
        "class_type": "SaveImage",
        "inputs": {"images": ["edit", 0], "filename_prefix": "fice-scale"},
    },
}
LOOP = """
import sys
from pathlib import Path
import fice
from fice.base.images import read_image, write_image
from fice.inversion import RECIPES
recipe, steps, together, out, photos, texts = eval(sys.argv[1])
recipe = RECIPES[recipe].in_steps(steps)
models = fice.load_models("demo", device="cpu")
for photo in photos:
    for first in range(0, len(texts), together):
        some = texts[first : first + together]
        seeds = [0] * len(some)
        result = fice.edit(read_image(photo), some, models=models, recipe=recipe, seed=seeds)
        for number, image in enumerate(result.image, start=first):
            write_image(Path(out) / f"{Path(photo).stem}-{number:02}.png", image)
"""
"""What somebody writes who has no `fice batch`."""


@dataclass(frozen=True)
class Taken:
    """What a block took."""

    edits: int
    wall_seconds: float
    cpu_seconds: float
    memory_bytes: Mapping[str, int]


def _loop(work: Path, block: str, out: Path, watch: Watch, together: int) -> None:
    job = (RECIPE, STEPS, together, str(out), [str(one) for one in photos(work, block)])
    _run([sys.executable, "-c", LOOP, repr((*job, list(texts(block))))], watch)


def _batch(work: Path, block: str, out: Path, watch: Watch, more: Sequence[str]) -> None:
    said = [word for one in texts(block) for word in ("--text", one)]
    places = ["--photos", str(table(work, block)), "--out", str(out)]
    _run([sys.executable, "-m", "fice", "batch", *places, *said, *more], watch)


def _run(command: Sequence[str], watch: Watch) -> None:
    subprocess.run(command, env=watch.environment(), cwd=PACK, check=True)


@contextlib.contextmanager
def _two_hosts(watch: Watch) -> Iterator[list[str]]:
    """Starts two hosts; gives what says so on the command line."""
    checkout = find_host()
    if checkout is None:
        raise SystemExit(HOW_TO_GET_A_HOST)
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        bases = [folder / "one", folder / "two"]
        stack.enter_context(_marked(watch))
        words: list[str] = []
        for base in bases:
            prepare_base(base)
            words += ["--host", stack.enter_context(running_host(checkout, base)).url]
            asked = _asked(words[-1])
        (folder / "w.json").write_text(json.dumps(_with_steps(asked)))
        yield [*words, "--workflow", str(folder / "w.json"), "--result", "result"]


@contextlib.contextmanager
def _marked(watch: Watch) -> Iterator[None]:
    """Has hosts that are started meanwhile be watched."""
    os.environ |= {MARK: watch.mark, "OMP_NUM_THREADS": "1"}
    yield
    del os.environ[MARK]


def _asked(url: str) -> dict[str, Any]:
    """What Inversion Settings takes if nothing is set."""
    with urllib.request.urlopen(f"{url}/object_info/FICEInversionSettings", timeout=60) as reply:
        said = json.load(reply)["FICEInversionSettings"]["input"]
    widgets = {**said.get("required", {}), **said.get("optional", {})}
    return {
        name: kind[1].get("default", kind[0][0] if isinstance(kind[0], list) else None)
        for name, kind in widgets.items()
    }


def _with_steps(asked: Mapping[str, Any]) -> dict[str, Any]:
    settings = {**GRAPH["settings"], "inputs": {**asked, "steps": STEPS, "preview_every": 0}}
    return {**GRAPH, "settings": settings}


OURS = ("--recipe", RECIPE, "--steps", str(STEPS), "--device", "cpu")
RAY = (*OURS, "--engine", "ray", "--workers")
WAYS: Mapping[str, Callable[[Path, str, Path, Watch], None]] = {
    "process": partial(_batch, more=OURS),
    "ray 2": partial(_batch, more=(*RAY, "2")),
    "hosts 2": partial(_batch, more=()),  # what is missing is known when they run
    "ray 1": partial(_batch, more=(*RAY, "1")),
    "loop 1": partial(_loop, together=1),
    "loop 8": partial(_loop, together=8),
}
IN_ALL_BLOCKS = ("process", "ray 2", "hosts 2")
"""The others are measured in the first block only."""


def take(way: str, work: Path, block: str) -> Taken:
    """Does a block in one way; hosts run already, all else is started and ended.

    Raises:
        subprocess.CalledProcessError: if not all of its edits come out.
    """
    out = work / "out" / (f"{way}-start" if block == "start" else way)
    out.mkdir(parents=True, exist_ok=True)
    watch = Watch()
    with contextlib.ExitStack() as stack:
        do = WAYS[way]
        stack.enter_context(watch.watching())
        if way == "hosts 2":
            do = partial(_batch, more=stack.enter_context(_two_hosts(watch)))
        before, began = watch.cpu(), time.monotonic()
        do(work, block, out, watch)
        wall, cpu = time.monotonic() - began, watch.cpu() - before
    edits = len(photos(work, block)) * len(texts(block))
    return Taken(edits, round(wall, 2), round(cpu, 2), watch.memory())


def rounded(taken: Taken) -> Taken:
    """With memory in whole MB."""
    memory = {kind: round(size, -6) for kind, size in taken.memory_bytes.items()}
    return replace(taken, memory_bytes=memory)
