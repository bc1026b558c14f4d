"""Doing one unit: open its cases, edit them, judge them, write them down."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby

import torch
from torch import Tensor

from ...base.errors import FiceError
from ...pipeline.frames import choose_frames, crop_each
from ...pipeline.models import ModelSet, load_models
from ...pipeline.precision import in_bfloat16
from .case import Case, CaseSet
from .judges import Judges, open_judges
from .measures import METRICS, Look, measure_all
from .methods import Method, Outcome, Task, open_method
from .parts import EDITED, GENERATED, PHOTOS, Row, claimed, part_path, write_part, write_pictures
from .plan import Settings, Unit

CACHE = "cache"


@dataclass(frozen=True, eq=False)
class Workshop:
    """What a process keeps between units.

    Attributes:
        settings: of the evaluation.
        data: the data set.
        models: the networks that edit.
        judges: the networks that judge.
    """

    settings: Settings
    data: CaseSet
    models: ModelSet
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
        judges = open_judges(settings.judges, settings.models)
        return Workshop(settings, settings.open_cases(), models, judges)


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
        FiceError: if a photo cannot be read. An edit that fails is a row that says so.
    """
    folder = workshop.settings.folder
    with claimed(folder, unit.part_name, wait=wait) as ours:
        if not ours:
            return None
        if part_path(folder, unit).is_file():
            return 0.0
        method = open_method(unit.method)
        with claimed(folder, f"prepare-{unit.folder_name}", wait=wait) as free:
            if not free:
                return None
            method.prepare(workshop.models, folder / CACHE)
        cases = [workshop.data.case(index) for index in unit.cases]
        rows: list[Row] = []
        # Photos of one size go through the networks together.
        for _, same_size in groupby(cases, lambda case: tuple(case.image.shape)):
            framed = _frame(tuple(same_size), workshop.models, unit.seed)
            rows.extend(_edit(framed, method, unit, workshop))
        write_part(folder, unit, rows)
    seconds = [value for row in rows if isinstance(value := row["seconds"], float)]
    return sum(seconds) / len(seconds) if seconds else 0.0


def _frame(cases: tuple[Case, ...], models: ModelSet, seed: int) -> _Framed:
    images = torch.stack([case.image for case in cases])
    frames = choose_frames(images, "auto", models)
    ids, texts = tuple(case.id for case in cases), tuple(case.text for case in cases)
    return _Framed(cases, Task(ids, crop_each(images, frames), texts, frames, seed))


def _edit(framed: _Framed, method: Method, unit: Unit, workshop: Workshop) -> list[Row]:
    started = time.perf_counter()
    try:
        outcome = method(framed.task, workshop.models, workshop.settings.folder / CACHE)
    except FiceError as error:
        if len(framed.cases) == 1:
            return [_row(framed.cases[0], unit, error=str(error))]
        # One bad case must not take the others of its batch with it.
        alone = [_only(framed, index) for index in range(len(framed.cases))]
        return [row for one in alone for row in _edit(one, method, unit, workshop)]
    seconds = (time.perf_counter() - started) / len(framed.cases)
    return _judged(framed, outcome, unit, workshop, seconds)


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
    framed: _Framed, outcome: Outcome, unit: Unit, workshop: Workshop, seconds: float
) -> list[Row]:
    look = Look(framed.cases, framed.task.photo, outcome, workshop.models, workshop.judges)
    columns = measure_all(look)
    rows: list[Row] = []
    for index, case in enumerate(framed.cases):
        pictures: dict[str, Tensor] = {
            PHOTOS: framed.task.photo[index],
            EDITED: outcome.image[index],
            GENERATED: outcome.generated[index],
        }
        write_pictures(workshop.settings.folder, unit, case.id, pictures)
        row = _row(case, unit)
        row |= {name: values[index] for name, values in columns.items()}
        rows.append(row | {"seconds": seconds, "steps": outcome.steps})
    return rows


def _row(case: Case, unit: Unit, error: str = "") -> Row:
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
