"""`fice eval`: methods against each other on a data set, with a report."""

from __future__ import annotations

import argparse
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, cast

from ..base.errors import FiceError
from ..base.files import check_writable
from ..reports.terminal import complain, progress, say
from .options import (
    add_bfloat16,
    add_device,
    add_models_set,
    asks_for_bfloat16,
    device_of,
    positive,
    seeds,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ..lab.evaluation.plan import Settings, Unit, Wanted
    from ..lab.evaluation.summary import Json

DONE, NONE_WORKED = 0, 1
REPORT = "report.html"
REASONS_TOLD = 5  # on the terminal; the report has all
DEFAULT_METHODS = "copy,pixels,styleclip-latent@steps=100,styleclip-global,paper#40,tuned,fast"
QUICK_METHODS = (
    "copy,pixels@steps=20,styleclip-latent@steps=30,paper@steps=30,tuned@steps=30;candidates=16"
)
QUICK_CASES = 4
EXACT = "exact"
OF_METHODS = ("methods", "ablations", "sweep", "reference")
"""Options that choose what is compared."""


def add_eval(parser: argparse.ArgumentParser) -> None:
    """Describes the command."""
    parser.add_argument(
        "data",
        nargs="?",
        default="demo",
        help="`demo` (held-out figures), a folder or table of photos and texts, viton:FOLDER, "
        "fashion-gen:FILE.h5 or deepfashion-mm:FOLDER (default: demo); `exact` or exact:FOLDER "
        "measures how exactly edits of other editors are put back, on figures or labelled photos",
    )
    parser.add_argument(
        "--out",
        type=Path,
        required=True,
        help="folder for the results; a run that was ended goes on there",
    )
    add_models_set(parser)
    parser.add_argument(
        "--methods",
        help="copy, pixels, styleclip-latent, styleclip-global, a recipe (paper, tuned, fast), or "
        "external:FOLDER, with commas between; NAME@body_shape=0;steps=50 changes numbers, NAME#40 "
        f"tries only the first 40 cases (default: {DEFAULT_METHODS})",
    )
    parser.add_argument(
        "--ablations",
        metavar="RECIPE[#COUNT]",
        help="this recipe too, and the same with each of its parts taken away",
    )
    parser.add_argument(
        "--sweep",
        action="append",
        default=[],
        metavar="RECIPE@NUMBER=V1,V2[#COUNT]",
        help="this recipe too, with each of these values; may be repeated",
    )
    parser.add_argument("--reference", help="method that the others are compared with")
    parser.add_argument("--cases", type=positive, default=200, help="the first ones (default: 200)")
    parser.add_argument(
        "--seeds", type=seeds, default=(0,), help="with commas between (default: 0)"
    )
    parser.add_argument(
        "--batch",
        type=positive,
        default=4,
        help="cases edited together, fewer where memory is short (default: 4)",
    )
    parser.add_argument("--processes", type=positive, default=1, help="side by side (default: 1)")
    add_bfloat16(parser)
    add_device(parser)
    parser.add_argument("--texts", type=Path, help="texts of the garments, for viton")
    parser.add_argument("--category", default="", help="of fashion-gen, as the file spells it")
    _add_judges(parser)
    parser.add_argument(
        "--quick", action="store_true", help="a few cases and steps, to see that everything works"
    )
    parser.set_defaults(run=_eval)


def _add_judges(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--judge-clip", type=Path, help="a CLIP other than the guide")
    parser.add_argument("--judge-clip-name", help="open_clip's name of it, e.g. ViT-B-16")
    parser.add_argument("--judge-chart", type=Path, help="a body chart network besides the guide")
    parser.add_argument("--arcface", type=Path, help="weights of ArcFace (IR-SE50), for identity")
    parser.add_argument("--inception", type=Path, help="weights of torch-fidelity's Inception")
    parser.add_argument("--lpips", action="store_true", help="measure LPIPS (AlexNet)")


def _eval(options: argparse.Namespace) -> int:
    data, _, folder = options.data.partition(":")
    if data == EXACT:
        return _exact(options, Path(folder) if folder else None)
    from ..lab.evaluation.evaluate import Evaluation, choose_reference

    check_writable(options.out / REPORT)
    settings = _settings(options)
    choose_reference([one.name for one in settings.methods], options.reference)
    evaluation = Evaluation.plan(settings)
    if problems := evaluation.problems():
        tried = min(settings.cases, len(evaluation.data))
        told = f"{len(problems)} of {tried} cases cannot be tried and are left out:"
        complain("\n".join((told, *_first(problems))))
    total = sum(len(unit.cases) for unit in evaluation.units)
    done = total - sum(len(unit.cases) for unit in evaluation.pending())
    if done:
        say(f"{done} of {total} edits are done already.")
    with progress("eval", total - done, "seconds per edit") as advance:

        def tell(unit: Unit, seconds: float) -> None:
            for _ in unit.cases:
                advance(seconds)

        evaluation.run(tell)
    command = "fice " + shlex.join(sys.argv[1:])
    report = evaluation.report(command, options.reference)
    say(f"{settings.folder / REPORT} shows the results.")
    return _told_failures(report)


def _exact(options: argparse.Namespace, photos: Path | None) -> int:
    """How exactly edits of other editors are put back: pairs whose truth is known."""
    from ..lab.exact.record import measured, record

    for name in OF_METHODS:
        if getattr(options, name):
            raise FiceError(f"`fice eval {EXACT}` compares its own ways; leave out --{name}.")
    file = check_writable(options.out / "summary.json")
    count = min(options.cases, QUICK_CASES) if options.quick else options.cases
    with progress("eval", measured(count), "seconds per pair") as advance:

        def tell(row: Mapping[str, object]) -> None:
            seconds = (row.get(f"{stage}_cpu_seconds", 0.0) for stage in ("align", "take"))
            advance(sum(cast("float", one) for one in seconds))

        _, tables = record(options.out, photos, count, tell)
    say(tables)
    say(f"{file} has all figures.")
    return DONE


def _told_failures(report: Json) -> int:
    """Says how many edits failed and why; the exit code."""
    failed = cast("Json", report["failed"])
    if not failed["edits"]:
        return DONE
    reasons = [f"{row['case']}: {row['error']}" for row in cast("list[Json]", failed["rows"])]
    told = f"{failed['edits']} of {failed['tried']} edits failed:"
    complain("\n".join((told, *_first(reasons))))
    return NONE_WORKED if failed["edits"] == failed["tried"] else DONE


def _first(reasons: Sequence[str]) -> list[str]:
    """The first of `reasons` as lines, and how many there are besides."""
    left = len(reasons) - REASONS_TOLD
    more = [f"  and {left} more"] if left > 0 else []
    return [*(f"  {reason}" for reason in reasons[:REASONS_TOLD]), *more]


def _settings(options: argparse.Namespace) -> Settings:
    from ..lab.evaluation.judges import JudgeFiles, resolve
    from ..lab.evaluation.plan import Settings

    files = JudgeFiles(
        clip=options.judge_clip,
        clip_name=options.judge_clip_name,
        chart=options.judge_chart,
        arcface=options.arcface,
        inception=options.inception,
        lpips=options.lpips,
    )
    return Settings(
        folder=options.out,
        data=options.data,
        methods=_methods(options),
        models=options.models,
        cases=min(options.cases, QUICK_CASES) if options.quick else options.cases,
        seeds=options.seeds,
        judges=resolve(files, options.models),
        texts=options.texts,
        category=options.category,
        batch=options.batch,
        processes=options.processes,
        bfloat16=asks_for_bfloat16(options),
        device=str(device_of(options)),
    )


def _methods(options: argparse.Namespace) -> tuple[Wanted, ...]:
    """All methods, each once, in the order in which they were named."""
    from ..lab.evaluation.plan import Wanted

    names: list[str] = (options.methods or _defaults(options)).split(",")
    if options.ablations:
        names += _ablations(options.ablations)
    for sweep in options.sweep:
        names += _sweep(sweep)
    wanted: dict[str, Wanted] = {}
    for one in map(Wanted.parse, filter(None, names)):
        wanted.setdefault(one.name, one)
    return tuple(wanted.values())


def _ablations(text: str) -> list[str]:
    """The recipe of `RECIPE` or `RECIPE#COUNT`, and it without each of its parts."""
    from ..lab.evaluation.methods import ABLATIONS, with_change

    recipe, mark, count = text.partition("#")
    names = [recipe, *(with_change(recipe, change) for change in ABLATIONS.values())]
    return [f"{name}{mark}{count}" for name in names]


def _sweep(text: str) -> list[str]:
    """The methods of `RECIPE@NUMBER=V1,V2` or the same with `#COUNT` behind it."""
    sweep, mark, count = text.partition("#")
    start, equals, values = sweep.rpartition("=")
    if not equals or "@" not in start:
        raise FiceError(f"--sweep {text} is not of the form tuned@w_delta=0,0.02,0.2.")
    return [f"{start}={value}{mark}{count}" for value in values.split(",")]


def _defaults(options: argparse.Namespace) -> str:
    if options.quick:
        return QUICK_METHODS
    return "" if options.ablations or options.sweep else DEFAULT_METHODS
