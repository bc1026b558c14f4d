"""Runs all units of an evaluation, side by side, and goes on where an earlier run was ended."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from threading import Thread
from typing import TypeAlias

import torch

from ...base.errors import FiceError
from .case import CaseSet
from .parts import Row, part_path, read_part
from .plan import Settings, Unit
from .unit_work import Workshop, do_unit, is_done

OnDone = Callable[[Unit, float], None]
"""Takes a finished unit and its seconds per edit."""

_Outcomes: TypeAlias = Iterator[tuple[Unit, float | None]]

_workshops: list[Workshop] = []  # of a worker process, which works on one evaluation only


def pending(settings: Settings, units: Sequence[Unit], data: CaseSet) -> list[Unit]:
    """The units that are not done."""
    return [unit for unit in units if not is_done(settings.folder, unit, data)]


def run_units(settings: Settings, todo: Sequence[Unit], on_done: OnDone) -> None:
    """Does units; those that another run does meanwhile are not done twice.

    Each is written at once when it is finished, so whatever ends a run costs the unfinished ones
    only, and no unit is done twice.

    Raises:
        FiceError: if a method or weight file cannot be used, a result cannot be written, or a
            process died. An edit that fails is a row that says so.
    """
    processes = min(settings.processes, len(todo))
    done = _side_by_side(settings, todo, processes) if processes > 1 else _here(settings, todo)
    for unit, seconds in done:
        on_done(unit, seconds)


def read_rows(settings: Settings, units: Sequence[Unit]) -> list[Row]:
    """The rows of all finished units."""
    done = (unit for unit in units if part_path(settings.folder, unit).is_file())
    return [row for unit in done for row in read_part(settings.folder, unit)]


def _here(settings: Settings, units: Sequence[Unit]) -> Iterator[tuple[Unit, float]]:
    if not units:
        return
    workshop = Workshop.open(settings)

    def do(units: Sequence[Unit], wait: bool) -> _Outcomes:
        return ((unit, do_unit(unit, workshop, wait=wait)) for unit in units)

    yield from _free_ones_first(units, do)


def _side_by_side(
    settings: Settings, units: Sequence[Unit], processes: int
) -> Iterator[tuple[Unit, float]]:
    # Not forked: torch's threads do not survive that.
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(processes, context, _start_worker, (settings,))

    def do(units: Sequence[Unit], wait: bool) -> _Outcomes:
        futures = {pool.submit(_work, unit, wait): unit for unit in units}
        return ((futures[one], one.result()) for one in as_completed(futures))

    try:
        yield from _free_ones_first(units, do)
    except BrokenProcessPool:
        raise FiceError(
            "A worker process was ended, perhaps because memory ran out. What is finished is kept: "
            "run the same command again, with fewer --processes or a smaller --batch."
        ) from None
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _free_ones_first(
    units: Sequence[Unit], do: Callable[[Sequence[Unit], bool], _Outcomes]
) -> Iterator[tuple[Unit, float]]:
    """Comes back at the end to the units that another run in the same folder was at."""
    busy: list[Unit] = []
    for unit, seconds in do(units, False):
        if seconds is None:
            busy.append(unit)
        else:
            yield unit, seconds
    for unit, seconds in do(busy, True):
        yield unit, seconds or 0.0


def _start_worker(settings: Settings) -> None:
    Thread(target=_end_with_parent, daemon=True).start()
    torch.set_num_threads(1)
    _workshops.append(Workshop.open(settings))


def _end_with_parent() -> None:
    """Ends this process when the one that started it is gone, which would leave it waiting."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _work(unit: Unit, wait: bool) -> float | None:
    return do_unit(unit, _workshops[0], wait=wait)
