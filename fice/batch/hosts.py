"""Edits spread over running ComfyUI hosts: who has least to do takes the next."""

from __future__ import annotations

import contextlib
import hashlib
import queue
import threading
import time
import urllib.error
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ..base.errors import FiceError
from .comfy import Comfy, HostGoneError, RefusedError
from .places import read_bytes
from .run import TRIES, Engine, failure
from .values import Edit, Edited, Failed, Outcome, Unit
from .workflow import Workflow

AT_ONCE = 2  # prompts in a host's queue, so that it never waits for us
OUR_ERRORS = "base.errors."  # in the type of an exception that would come again


@dataclass(frozen=True)
class Pace:
    """How often hosts are asked, and how long they are waited for.

    Attributes:
        poll_s: seconds between two looks at a host.
        asks: how often a host is asked that does not answer, before it counts as gone.
        return_s: seconds after which a host that is gone is asked once more.
        give_up_s: seconds without any host after which the job ends.
        late_s: seconds that a host may take from the end of a prompt to its history.
    """

    poll_s: float = 0.5
    asks: int = 3
    return_s: float = 10.0
    give_up_s: float = 60.0
    late_s: float = 10.0


@dataclass
class _Flight:
    """An edit that is on a host."""

    edit: Edit
    began: float
    missing_since: float | None = None


@dataclass
class _Host:
    """A host and what it does for us."""

    comfy: Comfy
    flights: dict[str, _Flight] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)  # what was sent: place to name
    unit: deque[Edit] = field(default_factory=deque)
    gone_since: float | None = None


def by_hosts(
    hosts: Sequence[Comfy], workflow: Workflow, tries: int = TRIES, pace: Pace | None = None
) -> Engine:
    """The engine that has hosts do the edits.

    Args:
        hosts: where a ComfyUI runs.
        workflow: what is queued for each edit.
        tries: how often an edit is begun.
        pace: how often hosts are asked.
    """

    def engine(units: Sequence[Unit]) -> Iterator[Outcome]:
        yield from _Dispatch(hosts, workflow, tries, pace or Pace()).outcomes(units)

    return engine


class _Dispatch:
    """Hands edits to hosts: one thread asks each host, whoever runs the job gets the outcomes."""

    def __init__(self, hosts: Sequence[Comfy], workflow: Workflow, tries: int, pace: Pace) -> None:
        self._hosts = [_Host(one) for one in hosts]
        self._workflow = workflow
        self._tries = tries
        self._pace = pace
        self._lock = threading.Lock()
        self._free: deque[deque[Edit]] = deque()  # photos that no host has begun
        self._begun: dict[str, int] = {}  # how often each edit was begun
        self._stop = threading.Event()
        self._ended: queue.SimpleQueue[Outcome | BaseException] = queue.SimpleQueue()

    def outcomes(self, units: Sequence[Unit]) -> Iterator[Outcome]:
        """One for each edit.

        Raises:
            FiceError: if no host answers any more.
        """
        self._free.extend(deque(unit.edits) for unit in units)
        missing = sum(len(unit.edits) for unit in units)
        threads = [
            threading.Thread(target=self._serve, args=(host,), daemon=True) for host in self._hosts
        ]
        for thread in threads:
            thread.start()
        try:
            while missing:
                try:
                    ended = self._ended.get(timeout=max(self._pace.poll_s, 0.05))
                except queue.Empty:
                    self._check_hosts()
                    continue
                if isinstance(ended, BaseException):
                    raise ended
                missing -= 1
                yield ended
        finally:
            self._stop.set()
            for thread in threads:
                thread.join(timeout=5.0)

    def _check_hosts(self) -> None:
        """Ends the job if all hosts have been gone for long."""
        now, since = time.monotonic(), [host.gone_since for host in self._hosts]
        if any(one is None for one in since):
            return
        if min(now - one for one in since if one is not None) > self._pace.give_up_s:
            named = ", ".join(host.comfy.url for host in self._hosts)
            raise FiceError(
                f"No host answers any more ({named}). What is finished is kept; start them and "
                "give the same command, which goes on from there."
            )

    def _serve(self, host: _Host) -> None:
        """Has one host work until the job ends."""
        try:
            while not self._stop.is_set():
                try:
                    self._look_after(host)
                    host.gone_since = None
                    pause = self._pace.poll_s
                except HostGoneError:
                    host.gone_since = host.gone_since or time.monotonic()
                    self._hand_on(host)
                    pause = self._pace.return_s
                self._stop.wait(pause)
        except BaseException as error:  # raised again where the job runs
            self._ended.put(error)
        finally:
            self._call_back(host)

    def _look_after(self, host: _Host) -> None:
        """Fetches what is finished, and fills the queue."""
        waiting = self._ask(host.comfy.queue)
        for prompt in [one for one in host.flights if one not in waiting]:
            self._land(host, prompt)
        busy = len({*waiting} | {*host.flights})
        while busy < AT_ONCE and not self._stop.is_set():
            edit = self._next(host)
            if edit is None:
                return
            busy += self._begin(host, edit)

    def _begin(self, host: _Host, edit: Edit) -> bool:
        """Queues an edit; whether it is in the queue then."""
        self._begun[edit.key] = self._begun.get(edit.key, 0) + 1
        try:
            files = {
                column: self._sent(host, place)
                for column, place in self._workflow.pictures_of(edit.row).items()
            }
            graph = self._workflow.of(edit.row, files)
            prompt = self._ask(lambda: host.comfy.submit(graph))
        except HostGoneError:
            self._back(edit, "the host went away")
            raise
        except RefusedError as error:
            reason = f"The host does not take the workflow: {error}."
            self._finish(edit, Failed(edit.key, reason))
            return False
        except Exception as error:  # the photo cannot be had, or not be sent
            self._finish(edit, failure(edit.key, error))
            return False
        host.flights[prompt] = _Flight(edit, time.monotonic())
        return True

    def _sent(self, host: _Host, place: str) -> str:
        """The name that a photo has on the host, which gets it once."""
        if place not in host.files:
            content = read_bytes(place)
            name = hashlib.sha256(content).hexdigest()[:24] + Path(place).suffix.lower()
            host.files[place] = self._ask(lambda: host.comfy.upload(name, content))
        return host.files[place]

    def _land(self, host: _Host, prompt: str) -> None:
        """Takes the result of a prompt that is no longer in the queue."""
        flight = host.flights[prompt]
        entry = self._ask(lambda: host.comfy.history(prompt))
        if entry is None:
            now = time.monotonic()
            flight.missing_since = flight.missing_since or now
            if now - flight.missing_since > self._pace.late_s:  # the host was started anew
                del host.flights[prompt]
                self._back(flight.edit, "the host lost it")
            return
        try:
            outcome = self._outcome(host, prompt, flight, entry)
        except urllib.error.HTTPError as error:
            outcome = Failed(flight.edit.key, f"Its picture cannot be had: {error}", may_pass=True)
        del host.flights[prompt]
        self._finish(flight.edit, outcome)

    def _outcome(
        self,
        host: _Host,
        prompt: str,
        flight: _Flight,
        entry: Any,  # noqa: ANN401 - JSON
    ) -> Outcome:
        key, wanted = flight.edit.key, self._workflow.result
        if entry.get("status", {}).get("status_str") == "error":
            return _error(key, entry["status"].get("messages", []))
        pictures = entry.get("outputs", {}).get(wanted, {}).get("images", [])
        if not pictures:
            return Failed(key, f"Node {wanted} of the workflow made no picture.")
        content = self._ask(lambda: host.comfy.picture(pictures[0]))
        report: dict[str, object] = {
            "host": host.comfy.url,
            "prompt_id": prompt,
            "pictures": len(pictures),
            "seconds": round(time.monotonic() - flight.began, 3),
        }
        return Edited(key, content, report, suffix=Path(pictures[0]["filename"]).suffix)

    def _finish(self, edit: Edit, outcome: Outcome) -> None:
        """Tells an outcome, or puts the edit back if trying again may help."""
        begun = self._begun[edit.key]
        if isinstance(outcome, Failed) and outcome.may_pass and begun < self._tries:
            with self._lock:
                self._free.append(deque([edit]))
        else:
            self._ended.put(replace(outcome, tries=begun))

    def _back(self, edit: Edit, why: str) -> None:
        self._finish(edit, Failed(edit.key, f"It was begun, and {why}.", may_pass=True))

    def _hand_on(self, host: _Host) -> None:
        """Gives what a host has to the others."""
        flights, host.flights = list(host.flights.values()), {}
        host.files.clear()
        with self._lock:
            if host.unit:
                self._free.appendleft(host.unit)
                host.unit = deque()
        for flight in flights:
            self._back(flight.edit, "the host went away")

    def _next(self, host: _Host) -> Edit | None:
        """An edit for a host: of the photo it has, of the next photo, or of another host's."""
        with self._lock:
            if not host.unit and self._free:
                host.unit = self._free.popleft()
            if host.unit:
                return host.unit.popleft()
            fullest = max((other.unit for other in self._hosts), key=len)
            return fullest.pop() if fullest else None

    def _ask(self, question: Any) -> Any:  # noqa: ANN401 - whatever the host answers
        """Asks a host, some times if it does not answer."""
        for _ in range(self._pace.asks - 1):
            with contextlib.suppress(HostGoneError):
                return question()
            if self._stop.wait(self._pace.poll_s):
                break
        return question()

    def _call_back(self, host: _Host) -> None:
        """Takes what waits for us out of the host's queue."""
        if host.flights and host.gone_since is None:
            with contextlib.suppress(HostGoneError, urllib.error.HTTPError):
                host.comfy.forget(list(host.flights))


def _error(key: str, messages: Any) -> Failed:  # noqa: ANN401 - JSON
    """What the host says of a prompt that failed."""
    for kind, said in messages:
        if kind == "execution_error":
            error = str(said.get("exception_type", ""))
            reason = str(said.get("exception_message", "")).strip()
            node = f"{said.get('node_type', 'a node')}: " if OUR_ERRORS not in error else ""
            return Failed(key, f"{node}{reason or error}", may_pass=OUR_ERRORS not in error)
        if kind == "execution_interrupted":
            return Failed(key, "It was interrupted on the host.", may_pass=True)
    return Failed(key, "The host says that it failed, and not why.", may_pass=True)
