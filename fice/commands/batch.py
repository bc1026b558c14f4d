"""`fice batch`: many photos and texts, and the same command goes on after an interruption."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from ..base.errors import FiceError
from ..batch.estimate import Trial, in_bytes, in_words, timed_by, trial
from ..batch.job_file import job_arguments
from ..batch.journal import PICTURES, Entry, Journal, open_journal, read_entries
from ..batch.places import SUFFIXES, identity
from ..batch.plan import Plan, make_plan
from ..batch.results import Results, results_at
from ..batch.rows import Asked, read_rows
from ..batch.run import TRIES, Engine, Tally, one_by_one, run
from ..batch.tables import ERRORS, write_errors, write_reports
from ..batch.values import Row, Unit
from ..reports.terminal import complain, count_up, say
from .guides import add_guides, read_guides
from .options import (
    add_recipe,
    add_wording,
    asks_for_bfloat16,
    device_of,
    load_recipe,
    load_wording,
    load_words,
    positive,
    some_text,
)

if TYPE_CHECKING:
    from ..batch.editing import EditSettings
    from ..inversion import Recipe

DONE, SOME_FAILED = 0, 1
ENGINES = ("process", "ray")
REGION_NAMES = ("garment", "head")
OF_HOSTS = (
    *("run", "job", "photos", "text", "out", "seed", "negative", "dry_run", "tries"),
    *("retry_failed", "workflow", "host", "set", "result"),
)
"""Options that mean something where a workflow says how to edit."""

FORMATS = tuple(one.removeprefix(".") for one in SUFFIXES)


def add_batch(parser: argparse.ArgumentParser) -> None:
    """Describes the command."""
    parser.add_argument(
        "job",
        type=Path,
        nargs="?",
        metavar="JOB.toml",
        help="the options below as a file (photos = …, texts = […], out = …); options that are "
        "typed as well win",
    )
    parser.add_argument(
        "--photos",
        metavar="PLACE",
        help="a folder, a table (CSV, JSONL or Parquet with the columns photo and text, and if "
        "wanted mask, seed, negative, name), or a URL of one that fsspec opens (s3://…, gs://…)",
    )
    parser.add_argument(
        "--text",
        type=some_text,
        action="append",
        default=[],
        help="what the persons should wear; each photo gets each text",
    )
    parser.add_argument(
        "--out",
        metavar="PLACE",
        help="for pictures, reports and what failed: a folder, or a URL that fsspec writes to",
    )
    parser.add_argument("--format", choices=FORMATS, default="png", help="of the pictures")
    parser.add_argument("--negative", default="", metavar="TEXT", help="what it should not be")
    parser.add_argument("--region", choices=REGION_NAMES, help="as `fice edit` has it")
    parser.add_argument(
        "--anyway", action="store_true", help="go on with photos that the models do not know"
    )
    parser.add_argument(
        "--dry-run",
        action="store_true",
        help="tell what there is to do, how long it takes (by one edit that is timed) and how much "
        "disk; write nothing",
    )
    parser.add_argument(
        "--tries",
        type=positive,
        default=TRIES,
        help=f"how often an edit is begun whose error may pass (default: {TRIES})",
    )
    parser.add_argument(
        "--retry-failed",
        action="store_true",
        help="begin those again, too, that failed in an earlier run and would fail again",
    )
    _add_ray(parser)
    _add_hosts(parser)
    add_guides(parser)
    add_wording(parser)
    add_recipe(parser)
    defaults = vars(parser.parse_args([]))
    # What is not typed is None, so that it can be told from what a job file says.
    parser.set_defaults(**dict.fromkeys(defaults))
    parser.set_defaults(run=partial(_batch, parser, defaults))


def _add_ray(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group(
        "workers", "Where the edits are computed, if not in this process; needs fice-nodes[ray]."
    )
    group.add_argument("--engine", choices=ENGINES, default=ENGINES[0])
    group.add_argument(
        "--address",
        default="",
        help="of a Ray cluster that runs, e.g. auto or ray://head:10001; without it, the workers "
        "are started on this machine",
    )
    group.add_argument("--workers", type=positive, default=1, help="processes that edit")
    group.add_argument(
        "--gpus-per-worker",
        type=share,
        default=0.0,
        metavar="GPUS",
        help="a fraction lets workers share one (default: 0, the CPU)",
    )
    group.add_argument(
        "--cpus-per-worker", type=share, default=1.0, metavar="CPUS", help="(default: 1)"
    )


def share(text: str) -> float:
    """A number of at least 0."""
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0.0 <= number < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of at least 0")
    return number


def _add_hosts(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group(
        "ComfyUI hosts", "Have running hosts do the edits, by a workflow in API format."
    )
    group.add_argument("--workflow", type=Path, metavar="FILE.json", help="what is queued")
    group.add_argument(
        "--host",
        action="append",
        default=[],
        metavar="URL",
        help="where a ComfyUI runs, e.g. http://127.0.0.1:8188; each may be given once",
    )
    group.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NODE.INPUT=COLUMN",
        help="an input that takes photo, text, mask, seed, negative or name of the row; the only "
        "Load Image takes the photo by itself, the only text of a FICE node the text",
    )
    group.add_argument(
        "--result", default="", metavar="NODE", help="whose picture is kept, if several save one"
    )


def _batch(
    parser: argparse.ArgumentParser, defaults: Mapping[str, object], typed: argparse.Namespace
) -> int:
    said = _said(typed)
    if typed.job is not None:
        said = {**_said(parser.parse_args(job_arguments(typed.job, defaults))), **said}
    options = argparse.Namespace(**{**defaults, **said})
    if options.photos is None or options.out is None:
        missing = "--photos" if options.photos is None else "--out"
        raise FiceError(f"{missing} is missing; give it, or a job file that says it.")
    results = results_at(options.out)
    results.check()
    asked = Asked(tuple(dict.fromkeys(options.text)), options.seed, options.negative)
    rows = read_rows(options.photos, asked, options.out)
    job = _on_hosts(options, said, rows) if options.workflow else _by_ourselves(options)
    plan = make_plan(rows, job.described, f".{options.format}")
    if not plan.edits:
        row, reason = plan.unreadable[0]
        raise FiceError(f"None of the {len(rows)} rows can be done. Row {row.number}: {reason}")
    if options.dry_run:
        left = _left(plan, read_entries(options.out), options)
        return _tell_beforehand(plan, left, job, results, rows=len(rows))
    with open_journal(options.out) as journal:
        return _run(plan, journal, job, options)


@dataclass(frozen=True)
class _Job:
    """How the edits are done.

    Attributes:
        described: all that a picture depends on besides its row.
        engine: makes the engine; networks are loaded here and not before.
        trial: times one edit.
        workers: how many edit at once.
    """

    described: object
    engine: Callable[[], Engine]
    trial: Callable[[Sequence[Unit]], Trial]
    workers: int = 1


def _by_ourselves(options: argparse.Namespace) -> _Job:
    """Edits with our own networks, in this process or in workers.

    All that can be checked without networks is checked.
    """
    from ..batch.ray_engine import Cluster, by_ray, find_ray

    if options.engine == "process":
        device_of(options)  # that of a worker is known where it runs
    load_words(options)
    recipe = load_wording(options, load_recipe(options))
    settings = _settings(options, recipe)

    def editor():  # noqa: ANN202 - torch, and so its type, is imported late
        from ..batch.editing import Editor

        if options.models != "demo":  # sets of full size take minutes
            complain(f"fice: loading the model set {options.models} ...")
        return Editor(settings)

    described, timed = _described(options, recipe), partial(trial, load=editor)
    if options.engine == "process":
        return _Job(described, lambda: one_by_one(editor(), options.tries), timed)
    find_ray()
    cluster = Cluster(
        options.address, options.workers, options.cpus_per_worker, options.gpus_per_worker
    )
    engine = by_ray(settings, cluster, options.tries)
    return _Job(described, lambda: engine, timed, workers=options.workers)


def _on_hosts(options: argparse.Namespace, said: Mapping[str, object], rows: Sequence[Row]) -> _Job:
    """Checks the workflow; hosts are asked when the first edit is queued."""
    from ..batch.comfy import Comfy
    from ..batch.hosts import by_hosts
    from ..batch.workflow import read_workflow

    foreign = sorted(name for name in said if name not in OF_HOSTS)
    if foreign:
        raise FiceError(
            f"With --workflow, --{foreign[0].replace('_', '-')} has no meaning: it stands in the "
            "workflow. Change it there."
        )
    if not options.host:
        raise FiceError("--workflow needs --host URL, once for each running ComfyUI.")
    workflow = read_workflow(options.workflow, options.set, options.result)
    workflow.check(rows)
    hosts = [Comfy(url) for url in dict.fromkeys(options.host)]
    engine = by_hosts(hosts, workflow, options.tries)
    return _Job(
        {"workflow": workflow.described()},
        lambda: engine,
        partial(timed_by, engine=engine),
        workers=len(hosts),
    )


def _settings(options: argparse.Namespace, recipe: Recipe) -> EditSettings:
    from ..batch.editing import EditSettings

    return EditSettings(
        recipe,
        suffix=f".{options.format}",
        models=options.models,
        device=options.device,
        bfloat16=asks_for_bfloat16(options),
        region=options.region,
        guides=read_guides(options),
        anyway=options.anyway,
        words=options.words,
    )


def _described(options: argparse.Namespace, recipe: Recipe) -> dict[str, object]:
    """What decides how a picture comes out; not how fast, and not which photos are refused."""
    folder = Path(options.models)
    files = sorted(folder.iterdir()) if options.models != "demo" and folder.is_dir() else []
    return {
        "recipe": repr(recipe),
        "region": options.region or recipe.region,
        "models": [options.models, *(f"{one.name} {identity(str(one))}" for one in files)],
        "bfloat16": options.bfloat16,
        "words": None if options.words is None else identity(str(options.words)),
        "guides": [options.also, options.avoid, options.direction],
        "like": [identity(str(one)) for one in options.like],
        "format": options.format,
    }


def _said(typed: argparse.Namespace) -> dict[str, object]:
    """The options that were typed."""
    return {name: value for name, value in vars(typed).items() if value is not None}


def _left(
    plan: Plan, entries: Mapping[str, Entry], options: argparse.Namespace
) -> tuple[Unit, ...]:
    """What earlier runs did not finish."""
    again = options.retry_failed or options.anyway
    ended = ("done",) if again else ("done", "failed")
    return plan.units(key for key, entry in entries.items() if entry.state in ended)


def _run(plan: Plan, journal: Journal, job: _Job, options: argparse.Namespace) -> int:
    units = _left(plan, journal.entries, options)
    total = sum(len(unit.edits) for unit in units)
    say(_overview(plan, total))
    try:
        if units:
            engine = job.engine()
            with count_up("batch", total) as show:
                run(units, engine, journal, plan.edits, lambda tally: show(*_shown(tally)))
    except KeyboardInterrupt:
        complain("fice: what is finished is kept; the same command goes on from there.")
        raise
    finally:
        reports = write_reports(journal, plan.edits)
        some_failed = write_errors(journal, plan.edits, plan.unreadable)
        done, place = _count(plan, journal, "done"), journal.results.place
        say(f"{done} of {len(plan.edits)} edits are in {place}/{PICTURES}; {reports}.")
    if not some_failed:
        return DONE
    failed = len(plan.edits) - done + len(plan.unreadable)
    say(f"{counted(failed, 'row')} failed; {place}/{ERRORS} says why.")
    return SOME_FAILED


def _shown(tally: Tally) -> tuple[int, str]:
    return tally.done + tally.failed, f"{tally.failed} failed" if tally.failed else ""


def _count(plan: Plan, journal: Journal, state: str) -> int:
    entries = (journal.entries.get(key) for key in plan.edits)
    return sum(entry is not None and entry.state == state for entry in entries)


def _overview(plan: Plan, left: int) -> str:
    """What there is, in one line."""
    edits = len(plan.edits)
    photos, named = counted(plan.photos, "photo"), counted(edits, "edit")
    parts = [f"{photos}, {named}, {edits - left} of them done before"]
    if plan.repeated:
        parts.append(f"{counted(plan.repeated, 'row')} said twice, done once")
    if plan.unreadable:
        parts.append(f"{counted(len(plan.unreadable), 'row')} with photos that cannot be read")
    return f"{'; '.join(parts)}; {left} to do."


def _tell_beforehand(
    plan: Plan, units: Sequence[Unit], job: _Job, results: Results, *, rows: int
) -> int:
    left = sum(len(unit.edits) for unit in units)
    say(f"{counted(rows, 'row')}: {_overview(plan, left)}")
    for row, reason in plan.unreadable[:5]:
        say(f"Row {row.number}: {reason}")
    if not units:
        return DONE
    timed = job.trial(units)
    say(f"A trial with {timed.photo}: {timed.told()}.")
    say(f"All that is left takes about {in_words(timed.seconds(len(units), left, job.workers))}.")
    free, needed = results.free_bytes(), timed.disk_bytes(left)
    room = "" if free is None else f"; {in_bytes(free)} are free"
    say(f"The pictures take about {in_bytes(needed)}{room}.")
    if free is not None and needed > free:
        complain("fice: that is more than there is; choose another place with --out.")
    return DONE


def counted(number: int, thing: str) -> str:
    """`1 photo`, `2 photos`."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"
