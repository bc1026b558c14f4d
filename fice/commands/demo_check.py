"""`fice demo-check`: what the demo models can do, in figures."""

from __future__ import annotations

import argparse
from pathlib import Path

from ..base.files import check_writable
from ..reports.terminal import complain, say
from .options import RECIPE_NAMES, count, positive
from .report import as_json, write_json

DONE = 0


def add_demo_check(parser: argparse.ArgumentParser) -> None:
    """Describes the command."""
    parser.add_argument("--figures", type=positive, default=1024, help="held-out figures")
    parser.add_argument("--edits", type=count, default=200, help="edits that are judged")
    parser.add_argument("--recipe", choices=RECIPE_NAMES, default="tuned")
    parser.add_argument("--json", type=Path, help="also write the figures")
    parser.set_defaults(run=_demo_check)


def _demo_check(options: argparse.Namespace) -> int:
    from ..lab.demo.check.run import CheckSizes, run_check

    if options.json is not None:
        check_writable(options.json)
    sizes = CheckSizes(figures=options.figures, edits=options.edits, recipe=options.recipe)
    figures = run_check(sizes, complain)
    if options.json is not None:
        write_json(options.json, figures)
    say(as_json(figures))
    return DONE
