"""What a program says on a terminal or into a log: lines, and how far it has come."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Generator

from tqdm import tqdm

LINES_PER_TASK = 4  # in a log, where a bar cannot move
LINES_PER_JOB = 20  # likewise, of what takes hours
LINE = "{desc}: {n_fmt}/{total_fmt}{unit}{postfix}"

Advance = Callable[["float | None"], None]
"""Takes the loss, or another figure, after each step; None where there is none yet."""

Counted = Callable[[int, str], None]
"""Takes how many are done, and what else there is to say."""

Transferred = Callable[[int, "int | None"], None]
"""Takes how many bytes have come, and of how many if that is known."""

_Show = Callable[[int, "int | None", str], None]
"""Takes how much is done, of how much, and a figure."""


def say(text: str) -> None:
    """Writes a line to the standard output."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def complain(text: str) -> None:
    """Writes a line to the standard error."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


@contextlib.contextmanager
def progress(label: str, total: int, figure: str = "loss") -> Generator[Advance, None, None]:
    """Shows `total` steps as a bar on a terminal, as a few lines in a log.

    `figure` is what the number is called that comes with each step.
    """
    done = 0
    with _bar(label) as show:

        def advance(value: float | None) -> None:
            nonlocal done
            done += 1
            show(done, total, "search" if value is None else f"{figure} {value:.4f}")

        yield advance


@contextlib.contextmanager
def count_up(label: str, total: int) -> Generator[Counted, None, None]:
    """Shows how many of `total` things are done, as a bar on a terminal, as lines in a log."""
    with _bar(label, lines=LINES_PER_JOB) as show:
        yield lambda done, figure: show(done, total, figure)


@contextlib.contextmanager
def transfer(label: str) -> Generator[Transferred, None, None]:
    """Shows how much of a file has come, as a bar on a terminal, as a few lines in a log."""
    with _bar(label, "B") as show:
        yield lambda done, total: show(done, total, "")


@contextlib.contextmanager
def _bar(label: str, unit: str = "", lines: int = LINES_PER_TASK) -> Generator[_Show, None, None]:
    told, scale = 0, bool(unit)
    silent = not sys.stderr.isatty()
    with tqdm(desc=label, disable=silent, file=sys.stderr, unit=unit, unit_scale=scale) as bar:

        def show(done: int, total: int | None, figure: str) -> None:
            nonlocal told
            bar.total = total
            bar.set_postfix_str(figure, refresh=False)
            bar.update(done - bar.n)
            if silent and total and lines * done // total > told:
                told = lines * done // total
                complain(
                    tqdm.format_meter(
                        *(done, total, 0),
                        prefix=label,
                        unit=unit,
                        unit_scale=scale,
                        postfix=figure,
                        bar_format=LINE,
                    )
                )

        yield show
