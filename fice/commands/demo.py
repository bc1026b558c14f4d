"""`fice demo`: six drawn figures, edited, with every stage."""

from __future__ import annotations

import argparse
from pathlib import Path

from ..base.files import check_writable
from ..reports.terminal import say
from .options import add_recipe, edit_progress, load_networks, load_recipe
from .report import summary, write_json

DONE = 0
SHEET = "demo.png"


def add_demo(parser: argparse.ArgumentParser) -> None:
    """Describes the command."""
    parser.add_argument("--out", type=Path, default=Path("demo-out"), help="folder to write to")
    add_recipe(parser)
    parser.set_defaults(run=_demo)


def _demo(options: argparse.Namespace) -> int:
    # torch is imported here and not on top, so that wrong usage is told at once.
    from ..base.images import to_float, write_image
    from ..demo.showcase import CASES, run_cases, showcase_sheet

    recipe, folder = load_recipe(options), options.out
    check_writable(folder / SHEET)
    models = load_networks(options)
    shown = []
    with edit_progress("demo", recipe, len(CASES)) as (on_search, on_step):
        cases = run_cases(
            models,
            recipe,
            CASES,
            seed=options.seed,
            on_search=on_search,
            on_step=on_step,
        )
        for number, one in enumerate(cases, start=1):
            shown.append(one)
            write_image(folder / f"{number}-before.png", one.photo)
            write_image(folder / f"{number}-after.png", one.result.image[0])
            write_json(folder / f"{number}.json", one.result.report)
    write_image(folder / SHEET, to_float(showcase_sheet(shown)))
    for one in shown:
        say(f"{one.case.text}: {summary(one.result.report)}")
    say(f"{folder / SHEET} shows all of it.")
    return DONE
