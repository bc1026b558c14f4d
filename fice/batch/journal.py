"""What is finished, line by line, so that nothing that ended is ever done twice."""

from __future__ import annotations

import contextlib
import json
from collections import deque
from collections.abc import Callable, Generator, Iterator, Mapping
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from ..base.files import StrPath
from .results import Log, Mark, Results, results_at
from .values import Edit, Edited, Outcome

PICTURES = "pictures"
State = Literal["done", "failed", "may_pass"]


@dataclass(frozen=True)
class Entry:
    """What is known of an edit.

    Attributes:
        state: `done`; `failed`, and would again; or `may_pass`, failed and may be tried again.
        mark: where its line begins in the log.
    """

    state: State
    mark: Mark


class Journal:
    """The results of a job: pictures, and a line for each edit that ended.

    Made by `open_journal`.
    """

    def __init__(
        self, results: Results, log: Log, entries: dict[str, Entry], pool: Executor
    ) -> None:
        self.results = results
        self.entries = entries
        self._log = log
        self._pool = pool
        self._under_way: deque[tuple[Future[None], dict[str, Any]]] = deque()

    def keep(self, edit: Edit, outcome: Outcome) -> None:
        """Writes the picture, and then the line that says so.

        On an object store some pictures are under way at once; `settle` waits for them.

        Raises:
            FiceError: if the system or the store does not let us write this one, or one before.
        """
        line: dict[str, Any] = {"key": edit.key, "row": asdict(edit.row), "tries": outcome.tries}
        if isinstance(outcome, Edited):
            file = edit.file
            if outcome.suffix:
                file = str(Path(file).with_suffix(outcome.suffix))
            line |= {"file": file, "bytes": len(outcome.picture), "report": outcome.report}
            self._write(f"{PICTURES}/{file}", outcome.picture, line)
        else:
            line |= {"reason": outcome.reason, "may_pass": outcome.may_pass}
            self._tell(line, "may_pass" if outcome.may_pass else "failed")

    def settle(self) -> None:
        """Waits for the pictures that are under way, and tells of each."""
        self._finish(0)

    def _write(self, name: str, picture: bytes, line: dict[str, Any]) -> None:
        if self.results.at_once == 1:
            self.results.write(name, picture)
            self._tell(line, "done")
            return
        written = self._pool.submit(self.results.write, name, picture)
        self._under_way.append((written, line))
        self._finish(self.results.at_once)

    def _finish(self, most: int) -> None:
        """Tells of the pictures that are written, and waits until at most `most` are not."""
        while self._under_way and (len(self._under_way) > most or self._under_way[0][0].done()):
            written, line = self._under_way.popleft()
            written.result()
            self._tell(line, "done")

    def _tell(self, line: dict[str, Any], state: State) -> None:
        mark = self._log.append(json.dumps(line, ensure_ascii=False).encode())
        self.entries[line["key"]] = Entry(state, mark)

    def lines(self, keys: Mapping[str, object]) -> Iterator[dict[str, Any]]:
        """The last line of each edit among `keys`, in the order in which they ended."""
        wanted = sorted(entry.mark for key, entry in self.entries.items() if key in keys)
        for line in self._log.read(wanted):
            yield json.loads(line)


@contextlib.contextmanager
def open_journal(place: StrPath) -> Generator[Journal, None, None]:
    """The journal at a path or URL, which is made if need be.

    In a folder, nobody else writes to it meanwhile. On an object store two runs at once would do
    the same work twice, and lose nothing.

    Raises:
        FiceError: if it cannot be written, or another run writes to it.
    """
    results = results_at(place)
    # The pool is left first: when the log is closed, nothing is under way any more.
    with results.log() as log, ThreadPoolExecutor(results.at_once) as pool:
        journal = Journal(results, log, _entries(results), pool)
        try:
            yield journal
        finally:
            journal.settle()


def read_entries(place: StrPath) -> dict[str, Entry]:
    """What the results of a job say is finished; nothing is changed or made."""
    return _entries(results_at(place))


def _entries(results: Results) -> dict[str, Entry]:
    """The last entry of each edit."""
    entries: dict[str, Entry] = {}
    size_of = results.sizes(PICTURES)
    for mark, line in results.logged():
        with contextlib.suppress(ValueError, KeyError, TypeError):
            said = json.loads(line)
            state = _said_state(said, size_of)
            if state is not None:
                entries[said["key"]] = Entry(state, mark)
    return entries


def _said_state(said: dict[str, Any], size_of: Callable[[str], int | None]) -> State | None:
    """What a line says; None if its picture is no longer there as it was."""
    if "file" not in said:
        return "may_pass" if said["may_pass"] else "failed"
    return "done" if size_of(said["file"]) == said["bytes"] else None
