"""Units go in, outcomes come out and are kept one by one."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from ..base.errors import DeviceError, FiceError
from .journal import Journal
from .values import Edit, Edited, Failed, Outcome, Unit, Work

TRIES = 3
PAUSE_S = 1.0  # before the second try; later ones wait longer
Engine: TypeAlias = Callable[[Sequence[Unit]], Iterator[Outcome]]
"""Does units in any order; an outcome for each edit, as soon as it is there."""


@dataclass(frozen=True)
class Tally:
    """How far a run has come."""

    done: int = 0
    failed: int = 0

    def after(self, outcome: Outcome) -> Tally:
        """With one more outcome."""
        if isinstance(outcome, Edited):
            return replace(self, done=self.done + 1)
        return replace(self, failed=self.failed + 1)


def run(
    units: Sequence[Unit],
    engine: Engine,
    journal: Journal,
    edits: Mapping[str, Edit],
    on_tally: Callable[[Tally], object] = lambda _: None,
) -> Tally:
    """Has `engine` do `units`; what is finished stays, whatever ends the run.

    Args:
        units: what is to be done.
        engine: who does it.
        journal: where outcomes are kept.
        edits: by key.
        on_tally: called after each outcome.
    """
    tally = Tally()
    try:
        for outcome in engine(units):
            journal.keep(edits[outcome.key], outcome)
            tally = tally.after(outcome)
            on_tally(tally)
    finally:
        journal.settle()
    return tally


def one_by_one(work: Work, tries: int = TRIES, pause: float = PAUSE_S) -> Engine:
    """The engine that does all units in this process."""

    def engine(units: Sequence[Unit]) -> Iterator[Outcome]:
        for unit in units:
            yield from with_tries(unit, work, tries, pause)

    return engine


def with_tries(
    unit: Unit, work: Work, tries: int = TRIES, pause: float = PAUSE_S
) -> Iterator[Outcome]:
    """Does a unit; edits whose error may pass are begun up to `tries` times."""
    left = unit
    for attempt in range(1, tries + 1):
        again: list[str] = []
        for outcome in _every_outcome(left, work):
            if isinstance(outcome, Failed) and outcome.may_pass and attempt < tries:
                again.append(outcome.key)
            else:
                yield replace(outcome, tries=attempt)
        if not again:
            return
        left = unit.only(again)
        time.sleep(pause * attempt)


def failure(key: str, error: Exception) -> Failed:
    """What an error means for an edit: most of our own would come again, others may pass."""
    if isinstance(error, FiceError):
        return Failed(key, str(error), may_pass=isinstance(error, DeviceError))
    said = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    return Failed(key, said, may_pass=True)


def _every_outcome(unit: Unit, work: Work) -> Iterator[Outcome]:
    """One outcome per edit, even if `work` raises."""
    missing = {one.key for one in unit.edits}
    try:
        for outcome in work(unit):
            missing.discard(outcome.key)
            yield outcome
    except Exception as error:  # a row must not end the others
        yield from (failure(one.key, error) for one in unit.edits if one.key in missing)
