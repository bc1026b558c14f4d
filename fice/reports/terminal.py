"""What a program says on a terminal or into a log: lines, and how far it has come."""

from __future__ import annotations

import contextlib
import importlib.util
import sys
from collections.abc import Callable, Generator

LINES_PER_TASK = 4  # in a log, where a bar cannot move

Advance = Callable[[float], None]
"""Takes the loss, or another figure, after each step."""

Transferred = Callable[[int, "int | None"], None]
"""Takes how many bytes have come, and of how many if that is known."""


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
    """Shows `total` steps as a bar on a terminal that has `rich`, else as a few lines.

    `figure` is what the number is called that comes with each step.
    """
    if sys.stderr.isatty() and importlib.util.find_spec("rich") is not None:
        with _bar(label, total, figure) as advance:
            yield advance
    else:
        yield _lines(label, total, figure)


@contextlib.contextmanager
def _bar(label: str, total: int, figure: str) -> Generator[Advance, None, None]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
    from rich.progress import TimeRemainingColumn as Remaining

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn(f"{figure} {{task.fields[value]:.4f}}"),
        Remaining(),
    )
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(label, total=total, value=0.0)
        yield lambda value: bar.update(task, advance=1, value=value)


@contextlib.contextmanager
def transfer(label: str) -> Generator[Transferred, None, None]:
    """Shows how much of a file has come, as a bar on a terminal that has `rich`, else in lines."""
    if sys.stderr.isatty() and importlib.util.find_spec("rich") is not None:
        with _transfer_bar(label) as advance:
            yield advance
    else:
        yield _transfer_lines(label)


@contextlib.contextmanager
def _transfer_bar(label: str) -> Generator[Transferred, None, None]:
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn
    from rich.progress import TimeRemainingColumn as Remaining

    name = TextColumn("{task.description}", markup=False)
    columns = (name, BarColumn(), DownloadColumn(), TransferSpeedColumn(), Remaining())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(label, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _transfer_lines(label: str) -> Transferred:
    told = 0.0

    def advance(done: int, total: int | None) -> None:
        nonlocal told
        share = done / total if total else 0.0
        if total and (share - told >= 1 / LINES_PER_TASK or done == total):
            told = share
            complain(f"{label}: {100 * share:.0f} % of {total / 1e6:.0f} MB")

    return advance


def _lines(label: str, total: int, figure: str) -> Advance:
    every = max(1, total // LINES_PER_TASK)
    done = 0

    def advance(value: float) -> None:
        nonlocal done
        done += 1
        if done % every == 0 or done == total:
            complain(f"{label}: {done}/{total}, {figure} {value:.4f}")

    return advance
