"""Drawn figures as files, to try things on: `python -m fice.demo.figures --out FOLDER`."""

from __future__ import annotations

import argparse
from pathlib import Path

from ..base.images import write_image
from .showcase import CASES, figure

SIDE = 256


def main() -> None:
    """Writes the figures that `fice demo` edits, unless they are there."""
    parser = argparse.ArgumentParser(description="Draw the figures of the demo.")
    parser.add_argument("--out", type=Path, required=True, help="folder to write to")
    folder = parser.parse_args().out
    for number, case in enumerate(CASES, start=1):
        path = folder / f"figure-{number}.png"
        if not path.exists():  # written again it would be another photo
            write_image(path, figure(case.seed, SIDE))


if __name__ == "__main__":
    main()
