"""`python -m fice.lab.bench`: measures; `edits`: compares recipes; `table`: writes the page."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import torch

from ...base.errors import FiceError
from ...pipeline.devices import find_device
from ...reports.terminal import complain, say
from .cost_plots import write_cost_plots
from .edits import VARIANTS, compare, usual_variants
from .gpu_check import check, table
from .parts import PARTS, Plan, machine, peak
from .sets import SETS, SETTINGS, build
from .store import add_figures, read_figures
from .table import write_page

FIGURES = Path("docs/benchmarks.json")
EDITS = Path("docs/benchmark-edits.json")
EDITS_MEASURED = (
    EDITS,
    Path("docs/benchmark-edits-exact.json"),
    Path("docs/benchmark-edits-bfloat16.json"),
)
"""Each of one machine, since cpu seconds compare on one machine only."""
HOST = Path("docs/host-overhead.json")
CARD = Path("docs/gpu-check.json")
PAGE = Path("docs/benchmarks.md")
COMMANDS = ("measure", "edits", "table", "peak", "gpu-check")
NEEDS_NO_SET = ("rates", "start-up")
WHERE = {"sizes": "full", "steps": "demo", "edit": "full"}
"""The only set for which a part is measured, where it is not measured for both."""
BY_SETTING = ("components", "settings", "memory", "edit")
"""The parts whose figures are of several settings."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line; `measure` is what it does unless told otherwise."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if not words or words[0] not in (*COMMANDS, "-h", "--help"):
        words.insert(0, "measure")
    options = _parser().parse_args(words)
    if getattr(options, "threads", None):
        torch.set_num_threads(options.threads)
    try:
        if getattr(options, "device", None):
            options.device = find_device(options.device)
        options.run(options)
    except FiceError as error:
        complain(f"bench: {error}")
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m fice.lab.bench")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    measure = commands.add_parser("measure", help="what an iteration costs (the default)")
    measure.add_argument("--set", choices=SETS, action="append", help="default: both")
    measure.add_argument("--only", choices=tuple(PARTS), action="append", help="default: all parts")
    measure.add_argument("--settings", choices=SETTINGS, nargs="+", default=["plain", "exact"])
    measure.add_argument("--rounds", type=int, default=5, help="iterations per setting, in turn")
    measure.add_argument("--again", action="store_true", help="measure what the file has anew")
    _common(measure, FIGURES)
    measure.set_defaults(run=_measure)
    edits = commands.add_parser("edits", help="judged edits of the demo set, variant by variant")
    edits.add_argument(
        "--variants",
        choices=tuple(VARIANTS),
        nargs="+",
        help="default: all that this machine can run",
    )
    edits.add_argument("--cases", type=int, default=50)
    edits.add_argument("--first", type=int, default=0, help="the case to begin with")
    _common(edits, EDITS)
    edits.set_defaults(run=_edits)
    table = commands.add_parser("table", help="write the page from the files of the other commands")
    table.add_argument("--json", type=Path, default=FIGURES)
    table.add_argument(
        "--edits",
        type=Path,
        nargs="+",
        default=EDITS_MEASURED,
        help="one section per file, since CPU seconds only compare on one machine",
    )
    table.add_argument("--host", type=Path, default=HOST)
    table.add_argument("--out", type=Path, default=PAGE)
    table.set_defaults(run=_table)
    card = commands.add_parser("gpu-check", help="what a graphics card does with an edit")
    card.add_argument("--device", default="auto", help="default: auto, a GPU where there is one")
    card.add_argument("--json", type=Path, default=CARD, help="the figures are added to it")
    card.add_argument("--quick", action="store_true", help="to see that everything works")
    card.set_defaults(run=_gpu_check)
    alone = commands.add_parser("peak", help="peak memory of one setting; `measure` calls it")
    alone.add_argument("--set", choices=SETS, required=True)
    alone.add_argument("--setting", choices=SETTINGS, required=True)
    alone.add_argument("--size", type=int, default=256)
    alone.add_argument("--half-width", action="store_true")
    alone.add_argument("--recompute", action="store_true", help="keep less for the backward pass")
    alone.add_argument("--device", default="cpu", help="default: cpu")
    alone.set_defaults(run=_peak)
    return parser


def _common(parser: argparse.ArgumentParser, file: Path) -> None:
    parser.add_argument("--threads", type=int, default=1, help="default: 1")
    parser.add_argument("--device", default="cpu", help="default: cpu")
    parser.add_argument("--json", type=Path, default=file, help="the figures are added to it")


def _measure(options: argparse.Namespace) -> None:
    where = f"{options.device}, {options.threads} thread{'s' if options.threads > 1 else ''}"
    for name in options.set or SETS:
        plan = Plan(name, tuple(options.settings), options.device, options.rounds)
        for part in options.only or PARTS:
            if WHERE.get(part, name) != name:
                continue
            key = f"{where} | {'any' if part in NEEDS_NO_SET else name} | {part}"
            if part in BY_SETTING:
                key = f"{key} | {', '.join(options.settings)}"
            if key in read_figures(options.json) and not options.again:
                complain(f"{key}: already there")
                continue
            # Rates of the same minutes: what a share of the roof has to be taken of.
            figures = {"machine": machine(plan), "rates": PARTS["rates"](plan)}
            if part != "rates":
                figures["figures"] = PARTS[part](plan)
            add_figures(options.json, key, figures)
            complain(f"{key}: done")
    say(f"{options.json} has the figures; `table` writes the page.")


def _edits(options: argparse.Namespace) -> None:
    variants = options.variants or usual_variants(options.device)
    cases = range(options.first, options.first + options.cases)
    compare(variants, cases, options.device, options.json, complain)
    say(f"{options.json} has the edits; `table` writes the page.")


def _gpu_check(options: argparse.Namespace) -> None:
    figures = check(options.device, quick=options.quick)
    add_figures(options.json, str(options.device), figures)
    say(table(figures))


def _table(options: argparse.Namespace) -> None:
    edits = {file.name: read_figures(file) for file in options.edits}
    write_page(options.out, read_figures(options.json), edits, read_figures(options.host))
    write_cost_plots(options.out.parent / "pictures", read_figures(options.json))
    say(f"{options.out} is written.")


def _peak(options: argparse.Namespace) -> None:
    shape = {"size": options.size, "square": not options.half_width}
    models = build(options.set, options.setting, options.device, **shape)
    say(json.dumps(peak(models, options.device, recompute=options.recompute)))


if __name__ == "__main__":
    sys.exit(main())
