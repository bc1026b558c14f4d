"""`python -m tools.scale`: measures `fice batch`; what is measured already is left alone.

    python -m tools.scale --work FOLDER               # all that is missing, block by block
    python -m tools.scale --work FOLDER --pieces 1    # one block in one way, and then the end
    python -m tools.scale --work FOLDER --tell        # figures and plot of what is measured

Each way starts from nothing for each block, so that a run can be cut into pieces; what a start
takes is measured by itself, with eight edits, and told apart.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import sys
from dataclasses import asdict
from datetime import date
from pathlib import Path

import torch

from fice.lab.bench.store import add_figures, read_figures

from .job import BLOCKS, RECIPE, START, STEPS, write_job
from .tell import tell
from .ways import IN_ALL_BLOCKS, WAYS, rounded, take

JSON = Path("docs/scale.json")


def main() -> None:
    """Runs the command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--work", type=Path, required=True, help="for photos and pictures")
    parser.add_argument("--json", type=Path, default=JSON, help="the figures are added to it")
    parser.add_argument("--pieces", type=int, default=1000, help="how many to measure at most")
    parser.add_argument("--tell", action="store_true", help="measure nothing")
    options = parser.parse_args()
    work = options.work.absolute()
    if not options.tell:
        write_job(work)
        for way, block in _missing(options.json)[: options.pieces]:
            _measure(way, block, work, options.json)
    tell(options.json, work)


def _missing(path: Path) -> list[tuple[str, str]]:
    done = read_figures(path)
    pieces = [
        (way, block)
        for block in (START, *map(str, range(1, BLOCKS + 1)))
        for way in WAYS
        if block in (START, "1") or way in IN_ALL_BLOCKS
    ]
    return [piece for piece in pieces if _key(*piece) not in done]


def _key(way: str, block: str) -> str:
    return f"{way} | {block}"


def _measure(way: str, block: str, work: Path, path: Path) -> None:
    if block == START:  # what is done already would not be done again
        shutil.rmtree(work / "out" / f"{way}-start", ignore_errors=True)
    sys.stderr.write(f"{way}, block {block} ...\n")
    taken = asdict(rounded(take(way, work, block)))
    add_figures(path, "machine", _machine())
    add_figures(path, _key(way, block), taken)
    sys.stderr.write(f"{way}, block {block}: {taken}\n")


def _machine() -> dict[str, object]:
    return {
        "cores": os.cpu_count(),
        "threads_of_each_process": 1,
        "processor": platform.machine(),
        "torch": torch.__version__,
        "date": date.today().isoformat(),
        "recipe": f"{RECIPE}, {STEPS} steps",
    }


if __name__ == "__main__":
    main()
