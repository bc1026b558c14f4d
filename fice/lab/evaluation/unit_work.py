"""Doing one unit: open its cases, edit them, judge them, write them down."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path

import torch
from torch import Tensor

from ...base.errors import FiceError
from ...base.files import StrPath
from ...pipeline.frames import choose_frames, crop_each
from ...pipeline.models import ModelSet, load_models
from ...pipeline.precision import in_bfloat16
from .case import Asked, Case, CaseSet
from .judges import Judges, open_judges
from .measures import METRICS, Look, Values, measure_all
from .methods import Method, Outcome, Task, open_method
from .parts import (
    EDITED,
    GENERATED,
    PHOTOS,
    UNREAD,
    Row,
    claimed,
    part_path,
    read_part,
    write_part,
    write_pictures,
)
from .plan import Settings, Unit

CACHE = "cache"


@dataclass(frozen=True, eq=False)
class Workshop:
    """What a process keeps between units.

    Attributes:
        settings: of the evaluation.
        data: the data set.
        models: the networks that judges may look with, on the CPU.
        editing: the same networks where and as precise as they edit.
        judges: the networks that judge.
    """

    settings: Settings
    data: CaseSet
    models: ModelSet
    editing: ModelSet
    judges: Judges

    @staticmethod
    def open(settings: Settings) -> Workshop:
        """Opens the data set and loads all networks.

        Raises:
            FiceError: if one of them cannot be used.
        """
        models = load_models(settings.models)
        if settings.bfloat16:
            models = in_bfloat16(models)
        editing = models.to(settings.device)
        judges = open_judges(settings.judges, settings.models)
        return Workshop(settings, settings.open_cases(), models, editing, judges)


@dataclass(frozen=True, eq=False)
class _Framed:
    """Cases at the size of the generator."""

    cases: tuple[Case, ...]
    task: Task


def do_unit(unit: Unit, workshop: Workshop, *, wait: bool = True) -> float | None:
    """Does a unit, unless it is done already.

    Args:
        unit: what to do.
        workshop: with what.
        wait: for another run that is at this unit, or prepares its method, so that it is done in
            any case.

    Returns:
        Seconds of editing per case; None if another run is in the way and is not waited for.

    Raises:
        FiceError: if the method cannot be prepared, or a result not be written. A photo that cannot
            be used and an edit that fails are rows that say so.
    """
    folder = workshop.settings.folder
    with claimed(folder, unit.part_name, wait=wait) as ours:
        if not ours:
            return None
        if is_done(folder, unit, workshop.data):
            return 0.0
        method = open_method(unit.method)
        with claimed(folder, f"prepare-{unit.folder_name}", wait=wait) as free:
            if not free:
                return None
            method.prepare(workshop.editing, folder / CACHE)
        rows = list(_rows(unit, method, workshop))
        write_part(folder, unit, rows)
    seconds = [value for row in rows if isinstance(value := row["seconds"], float)]
    return sum(seconds) / len(seconds) if seconds else 0.0


def is_done(folder: StrPath, unit: Unit, data: CaseSet) -> bool:
    """Whether nothing is left to do; a photo that could not be read, and now can, is."""
    if not part_path(folder, unit).is_file():
        return False
    unread = {row["case"] for row in read_part(folder, unit) if row.get(UNREAD)}
    indices = [index for index in unit.cases if data.asked(index).id in unread] if unread else []
    return not any(isinstance(_open(data, index), Case) for index in indices)


def _rows(unit: Unit, method: Method, workshop: Workshop) -> Iterator[Row]:
    """A row for each case, whatever becomes of it, in the order of the cases."""
    opened = [_open(workshop.data, index) for index in unit.cases]
    failed: dict[str, str] = {}
    framed: list[_Framed] = []
    # Photos of one size go through the networks together.
    good = [one for one in opened if isinstance(one, Case)]
    for _, same_size in groupby(good, lambda case: tuple(case.image.shape)):
        one, errors = _frame_all(tuple(same_size), workshop.editing, unit.seed)
        failed |= errors
        framed += [] if one is None else [one]
    done = {row["case"]: row for one in framed for row in _edit(one, method, unit, workshop)}
    for index, case in zip(unit.cases, opened, strict=True):
        if isinstance(case, FiceError):
            row = _row(workshop.data.asked(index), unit, error=str(case)) | {UNREAD: True}
        else:
            row = done.get(case.id) or _row(case, unit, error=failed[case.id])
        yield row


def _open(data: CaseSet, index: int) -> Case | FiceError:
    """A case, or why there is none."""
    try:
        return data.case(index)
    except FiceError as error:
        return error


def _frame_all(
    cases: tuple[Case, ...], models: ModelSet, seed: int
) -> tuple[_Framed | None, dict[str, str]]:
    """The cases that can be framed, if any, and what is wrong with each of the others by its id."""
    try:
        return _frame(cases, models, seed), {}
    except FiceError as error:
        if len(cases) == 1:
            return None, {cases[0].id: str(error)}
    each = [_frame_all((case,), models, seed) for case in cases]
    errors = {name: text for _, wrong in each for name, text in wrong.items()}
    framed = [one for one, _ in each if one is not None]
    return (_together(framed) if framed else None), errors


def _together(framed: Sequence[_Framed]) -> _Framed:
    tasks = [one.task for one in framed]
    task = replace(
        tasks[0],
        ids=tuple(name for one in tasks for name in one.ids),
        photo=torch.cat([one.photo for one in tasks]),
        texts=tuple(text for one in tasks for text in one.texts),
        frames=tuple(frame for one in tasks for frame in one.frames),
    )
    return _Framed(tuple(case for one in framed for case in one.cases), task)


def _frame(cases: tuple[Case, ...], models: ModelSet, seed: int) -> _Framed:
    images = torch.stack([case.image for case in cases])
    frames = choose_frames(images.to(models.device), "auto", models)
    ids, texts = tuple(case.id for case in cases), tuple(case.text for case in cases)
    return _Framed(cases, Task(ids, crop_each(images, frames), texts, frames, seed))


def _edit(framed: _Framed, method: Method, unit: Unit, workshop: Workshop) -> list[Row]:
    started = time.perf_counter()
    try:
        task = framed.task.to(workshop.editing.device)
        outcome = method(task, workshop.editing, workshop.settings.folder / CACHE)
        outcome = outcome.to(framed.task.photo.device)
        seconds = (time.perf_counter() - started) / len(framed.cases)
        look = Look(framed.cases, framed.task.photo, outcome, workshop.models, workshop.judges)
        columns = measure_all(look)
    except FiceError as error:
        if len(framed.cases) == 1:
            return [_row(framed.cases[0], unit, error=str(error))]
        # One bad case must not take the others of its batch with it.
        alone = [_only(framed, index) for index in range(len(framed.cases))]
        return [row for one in alone for row in _edit(one, method, unit, workshop)]
    _write_all(framed, outcome, unit, workshop.settings.folder)
    return [row | {"seconds": seconds} for row in _judged(framed, outcome, columns, unit)]


def _only(framed: _Framed, index: int) -> _Framed:
    task, one = framed.task, slice(index, index + 1)
    alone = replace(
        task,
        ids=task.ids[one],
        photo=task.photo[one],
        texts=task.texts[one],
        frames=task.frames[one],
    )
    return _Framed(framed.cases[one], alone)


def _judged(
    framed: _Framed, outcome: Outcome, columns: Mapping[str, Values], unit: Unit
) -> list[Row]:
    rows: list[Row] = []
    for index, case in enumerate(framed.cases):
        measured = {name: values[index] for name, values in columns.items()}
        rows.append(_row(case, unit) | measured | {"steps": outcome.steps})
    return rows


def _write_all(framed: _Framed, outcome: Outcome, unit: Unit, folder: Path) -> None:
    for index, case in enumerate(framed.cases):
        pictures: dict[str, Tensor] = {
            PHOTOS: framed.task.photo[index],
            EDITED: outcome.image[index],
            GENERATED: outcome.generated[index],
        }
        write_pictures(folder, unit, case.id, pictures)


def _row(case: Asked, unit: Unit, error: str = "") -> Row:
    numbers: Sequence[str] = (*METRICS, "seconds", "steps")
    return {
        "method": unit.method,
        "seed": unit.seed,
        "case": case.id,
        "text": case.text,
        "source_text": case.source_text,
        "wanted": dict(case.wanted),
        "error": error,
        **dict.fromkeys(numbers),
    }
