"""Edits spread over the workers of a Ray cluster, by Ray Data."""

from __future__ import annotations

import logging
import os
import pickle
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np

from ..base.errors import FiceError
from .run import PAUSE_S, TRIES, Engine, with_tries
from .values import Failed, Outcome, Unit, Work

if TYPE_CHECKING:
    from .editing import EditSettings

UNIT, OUTCOME = "unit", "outcome"
WITHOUT_RAY = "The engine ray needs the package Ray: pip install 'fice-nodes[ray]'."
Batch = Mapping[str, Any]


@dataclass(frozen=True)
class Cluster:
    """What Ray is asked for.

    Attributes:
        address: of a cluster that runs, as `ray.init` takes it; empty starts one on this machine.
        workers: how many edit at once, each with networks of its own.
        cpus: of each worker.
        gpus: of each worker; a fraction shares one.
    """

    address: str = ""
    workers: int = 1
    cpus: float = 1.0
    gpus: float = 0.0


class Worker:
    """What runs in each process of the cluster: networks that stay in memory, and the work.

    Ray makes it there, from what can be sent.
    """

    def __init__(self, settings: EditSettings, tries: int) -> None:
        """Loads the networks."""
        self._work, self._tries = self._editor(settings), tries

    def _editor(self, settings: EditSettings) -> Work:
        from .editing import Editor

        return Editor(settings)

    def __call__(self, batch: Batch) -> dict[str, Any]:
        """The outcomes of the units of a batch, both as bytes."""
        units = (pickle.loads(one) for one in batch[UNIT])
        done = [
            pickle.dumps(outcome)
            for unit in units
            for outcome in with_tries(unit, self._work, self._tries, PAUSE_S)
        ]
        return {OUTCOME: np.array(done, dtype=object)}


def find_ray() -> Any:  # noqa: ANN401 - a module that may be missing
    """The package Ray; ask for it before any work.

    Raises:
        FiceError: if it is not installed.
    """
    try:
        import_module("ray.data")
        return import_module("ray")
    except ImportError:
        raise FiceError(WITHOUT_RAY) from None


def by_ray(
    settings: EditSettings,
    cluster: Cluster | None = None,
    tries: int = TRIES,
    worker: type[Worker] = Worker,
) -> Engine:
    """The engine that has the workers of a Ray cluster do the edits.

    Photos have to be where every worker finds them; pictures come back to this process, which
    writes them.

    Args:
        settings: of all edits.
        cluster: what Ray is asked for.
        tries: how often an edit is begun whose error may pass.
        worker: what each process runs.
    """

    def engine(units: Sequence[Unit]) -> Iterator[Outcome]:
        yield from _outcomes(units, settings, cluster or Cluster(), tries, worker)

    return engine


def _outcomes(
    units: Sequence[Unit],
    settings: EditSettings,
    cluster: Cluster,
    tries: int,
    worker: type[Worker],
) -> Iterator[Outcome]:
    ray = find_ray()
    missing = {one.key for unit in units for one in unit.edits}
    started = _connect(cluster)
    try:
        for _ in range(tries):  # Ray gives up what is lost with several workers or nodes
            left = [one for one in (unit.only(missing) for unit in units) if one.edits]
            for row in _stream(left, settings, cluster, tries, worker) if left else ():
                outcome: Outcome = pickle.loads(row[OUTCOME])
                if outcome.key in missing:  # what a lost worker had may have been begun twice
                    missing.discard(outcome.key)
                    yield outcome
    except ray.exceptions.RayError as error:
        raise FiceError(
            f"Ray ended the job: {_last_line(error)} What is finished is kept; the same command "
            "goes on from there."
        ) from error
    finally:
        if started:
            ray.shutdown()
    yield from (Failed(key, "The worker was lost.", may_pass=True) for key in missing)


def _connect(cluster: Cluster) -> bool:
    """Joins the cluster, or starts one; whether that was done here."""
    ray = find_ray()
    if ray.is_initialized():
        return False
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nothing is told to anybody
    where: dict[str, Any] = {"address": cluster.address} if cluster.address else {}
    if not cluster.address:
        where["include_dashboard"] = False
        cpus = round(cluster.workers * cluster.cpus)
        where["num_cpus"] = max(cpus, os.cpu_count() or 1)
    try:
        ray.init(log_to_driver=False, logging_level="error", **where)
    except (ConnectionError, ValueError, RuntimeError) as error:
        raise FiceError(f"The Ray cluster cannot be reached: {_last_line(error)}") from None
    return True


def _stream(
    units: Sequence[Unit],
    settings: EditSettings,
    cluster: Cluster,
    tries: int,
    worker: type[Worker],
) -> Iterator[Batch]:
    ray = find_ray()
    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False  # we show our own
    logging.getLogger("ray.data").setLevel(logging.ERROR)  # its files have all of it
    context.max_errored_blocks = -1  # a unit that fails is told, and does not end the others
    rows = [{UNIT: pickle.dumps(unit)} for unit in units]
    # A block of its own for each unit: its outcomes come back when it is done, and not later.
    data = ray.data.from_items(rows, override_num_blocks=len(rows)).map_batches(
        worker,
        batch_size=1,
        batch_format="numpy",
        # All at once, whether there is room for them yet: Ray goes on with those that have some. If
        # it were to add them one by one, it would keep room for a job whose driver was killed.
        compute=ray.data.ActorPoolStrategy(size=cluster.workers, max_tasks_in_flight_per_actor=2),
        fn_constructor_args=(settings, tries),
        num_cpus=cluster.cpus,
        num_gpus=cluster.gpus or None,
    )
    yield from data.iter_rows()


def _last_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return lines[-1].strip() if lines else type(error).__name__
