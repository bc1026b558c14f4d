"""With a Ray that runs on this machine, and workers without networks."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from batch_studio import StudioWorker, write_picture

from fice.base.errors import FiceError
from fice.batch.journal import open_journal, read_entries
from fice.batch.plan import make_plan
from fice.batch.ray_engine import Cluster, by_ray, find_ray
from fice.batch.rows import Asked, read_rows
from fice.batch.run import run
from fice.batch.values import Edited, Failed

SUPPORT = Path(__file__).parents[1] / "support"
WITHOUT = "Ray is not installed: pip install 'fice-nodes[ray]'"


def plan_of(folder, *texts):
    for number in range(4):
        write_picture(folder / "in" / f"{number}.png", number)
    return make_plan(read_rows(str(folder / "in"), Asked(texts)), None, ".png")


@pytest.fixture(scope="module")
def cluster():
    """One Ray for all tests of this file."""
    ray = pytest.importorskip("ray", reason=WITHOUT)
    pytest.importorskip("ray.data", reason=WITHOUT)
    ray.init(
        num_cpus=2,
        include_dashboard=False,
        log_to_driver=False,
        logging_level="error",
        runtime_env={"env_vars": {"PYTHONPATH": str(SUPPORT)}},  # where the workers' class is
    )
    yield Cluster(workers=2)
    ray.shutdown()


@pytest.mark.slow
def test_a_worker_that_is_killed_loses_nothing_and_doubles_nothing(cluster, tmp_path):
    (tmp_path / "grave").mkdir()
    plan = plan_of(tmp_path, "red", "broken", str(tmp_path / "grave"))
    engine = by_ray(None, cluster, worker=StudioWorker)
    seen = []
    with open_journal(tmp_path / "out") as journal:
        run(plan.units(), lambda units: _seen(engine(units), seen), journal, plan.edits)
    assert (tmp_path / "grave" / "died").exists()
    assert sorted(one.key for one in seen) == sorted(plan.edits)
    failed = [one for one in seen if isinstance(one, Failed)]
    assert [one.reason for one in failed] == ["Nobody."] * 4
    assert sum(isinstance(one, Edited) for one in seen) == 8
    states = [one.state for one in read_entries(tmp_path / "out").values()]
    assert sorted(states) == ["done"] * 8 + ["failed"] * 4


def _seen(outcomes, seen):
    for one in outcomes:
        seen.append(one)
        yield one


def test_without_ray_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(FiceError, match=r"pip install 'fice-nodes\[ray\]'"):
        find_ray()
