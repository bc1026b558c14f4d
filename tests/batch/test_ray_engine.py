"""With a Ray cluster of two nodes on this machine, and workers without networks."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from batch_studio import StudioWorker, picture_of, write_picture

from fice.base.errors import FiceError
from fice.batch.folder import LOG
from fice.batch.journal import PICTURES, open_journal, read_entries
from fice.batch.plan import make_plan
from fice.batch.ray_engine import Cluster, by_ray, find_ray
from fice.batch.rows import Asked, read_rows
from fice.batch.run import run
from fice.batch.values import Edited, Failed

SUPPORT = Path(__file__).parents[1] / "support"
ROOT = SUPPORT.parents[1]
WITHOUT = "Ray is not installed: pip install 'fice-nodes[ray]'"
SMALL = {"num_cpus": 1, "object_store_memory": 100_000_000}


@pytest.fixture(scope="module")
def nodes():
    """A head and another node, with room for one worker each."""
    pytest.importorskip("ray", reason=WITHOUT)
    pytest.importorskip("ray.data", reason=WITHOUT)
    from ray.cluster_utils import Cluster as Nodes

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join(map(str, (ROOT, SUPPORT))))  # of the workers
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        try:
            started = Nodes(
                initialize_head=True, head_node_args={**SMALL, "include_dashboard": False}
            )
            started.add_node(**SMALL)
        except Exception as error:  # Ray waits for half a minute, which a busy machine may need
            pytest.skip(f"Ray does not start here: {error}")
        yield started
        started.shutdown()


@pytest.fixture
def cluster(nodes):
    return Cluster(nodes.address, workers=2)


def plan_of(folder, *texts, photos=4):
    for number in range(photos):
        write_picture(folder / "in" / f"{number}.png", number)
    return make_plan(read_rows(str(folder / "in"), Asked(texts)), None, ".png")


def outcomes_of(cluster, plan, out, on_outcome=lambda _: None):
    """Each outcome once, after they are kept in `out`."""
    seen = []

    def engine(units):
        for one in by_ray(None, cluster, worker=StudioWorker)(units):
            seen.append(one)
            on_outcome(seen)
            yield one

    with open_journal(out) as journal:
        run(plan.units(journal.entries), engine, journal, plan.edits)
    assert sorted(one.key for one in seen) == sorted({one.key for one in seen})
    return seen


def check_pictures(plan, out, failed=0):
    """Nothing lost, nothing double, and the pictures that a single process makes."""
    lines = (out / LOG).read_text().splitlines()
    assert sorted(json.loads(one)["key"] for one in lines) == sorted(plan.edits)
    pictures = {one.name: one.read_bytes() for one in (out / PICTURES).iterdir()}
    expected = {one.file: picture_of(key).picture for key, one in plan.edits.items()}
    assert pictures.items() <= expected.items()
    assert len(pictures) == len(expected) - failed


@pytest.mark.slow
def test_a_worker_that_is_killed(cluster, tmp_path):
    (tmp_path / "grave").mkdir()
    plan = plan_of(tmp_path, "red", "broken", str(tmp_path / "grave"))
    seen = outcomes_of(cluster, plan, tmp_path / "out")
    assert (tmp_path / "grave" / "died").exists()
    failed = [one for one in seen if isinstance(one, Failed)]
    assert [one.reason for one in failed] == ["Nobody."] * 4
    check_pictures(plan, tmp_path / "out", failed=4)


JOB = """
import sys
from batch_studio import StudioWorker
from fice.batch.journal import open_journal
from fice.batch.plan import make_plan
from fice.batch.ray_engine import Cluster, by_ray
from fice.batch.rows import Asked, read_rows
from fice.batch.run import run

photos, out, address = sys.argv[1:]
plan = make_plan(read_rows(photos, Asked(("red", "slow"))), None, ".png")
engine = by_ray(None, Cluster(address, workers=2), worker=StudioWorker)
with open_journal(out) as journal:
    run(plan.units(journal.entries), engine, journal, plan.edits)
"""


@pytest.mark.slow
def test_the_driver_is_killed_and_the_job_given_again(nodes, tmp_path):
    plan, out = plan_of(tmp_path, "red", "slow", photos=12), tmp_path / "out"
    command = [sys.executable, "-c", JOB, str(tmp_path / "in"), str(out), nodes.address]
    killed = subprocess.Popen(command)
    while not (out / LOG).exists() or (out / LOG).read_bytes().count(b"\n") < 4:
        assert killed.poll() is None
        time.sleep(0.02)
    killed.kill()
    killed.wait()
    before = read_entries(out)
    assert 4 <= len(before) < len(plan.edits)
    subprocess.run(command, check=True)
    check_pictures(plan, out)
    assert before.items() <= read_entries(out).items()


@pytest.mark.slow
def test_a_node_that_is_removed(nodes, cluster, tmp_path):
    """The last test with the cluster, of which the head is left."""
    plan = plan_of(tmp_path, "red", "slow", photos=16)
    (other,) = nodes.worker_nodes

    def remove(seen):
        if nodes.worker_nodes and len({_node(one) for one in seen}) == 2:
            nodes.remove_node(other, allow_graceful=False)

    seen = outcomes_of(cluster, plan, tmp_path / "out", remove)
    assert not nodes.worker_nodes
    assert all(isinstance(one, Edited) for one in seen)
    check_pictures(plan, tmp_path / "out")


def _node(outcome):
    return outcome.report["node"]


def test_without_ray_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(FiceError, match=r"pip install 'fice-nodes\[ray\]'"):
        find_ray()
