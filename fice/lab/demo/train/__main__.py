"""`python -m fice.lab.demo.train`: trains the demo networks, or goes on where it stopped."""

from __future__ import annotations

import argparse
from pathlib import Path

import torch

from .stages import STAGES
from .workshop import Workshop


def main() -> None:
    """Runs the chosen stages in order."""
    parser = argparse.ArgumentParser(prog="python -m fice.lab.demo.train", description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder for data and checkpoints")
    parser.add_argument("--stage", choices=list(STAGES), nargs="*", help="only these stages")
    parser.add_argument("--threads", type=int, default=2, help="threads of torch")
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    workshop = Workshop(given.out)
    for name in given.stage or STAGES:
        STAGES[name](workshop)


if __name__ == "__main__":
    main()
