"""What is finished, line by line, so that nothing that ended is ever done twice."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from ..base.files import StrPath
from .results import Log, Mark, Results, results_at
from .values import Edit, Edited, Failed, Outcome

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

    def __init__(self, results: Results, log: Log, entries: dict[str, Entry]) -> None:
        self.results = results
        self.entries = entries
        self._log = log

    def keep(self, edit: Edit, outcome: Outcome) -> None:
        """Writes the picture, and then the line that says so.

        Raises:
            FiceError: if the system or the store does not let us write.
        """
        line: dict[str, Any] = {"key": edit.key, "row": asdict(edit.row), "tries": outcome.tries}
        if isinstance(outcome, Edited):
            file = edit.file
            if outcome.suffix:
                file = str(Path(file).with_suffix(outcome.suffix))
            self.results.write(f"{PICTURES}/{file}", outcome.picture)
            line |= {"file": file, "bytes": len(outcome.picture), "report": outcome.report}
        else:
            line |= {"reason": outcome.reason, "may_pass": outcome.may_pass}
        mark = self._log.append(json.dumps(line, ensure_ascii=False).encode())
        self.entries[edit.key] = Entry(_state(outcome), mark)

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
    with results.log() as log:
        yield Journal(results, log, _entries(results))


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


def _state(outcome: Outcome) -> State:
    if isinstance(outcome, Failed):
        return "may_pass" if outcome.may_pass else "failed"
    return "done"
