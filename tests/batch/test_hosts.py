"""Against servers on this machine that answer as ComfyUI does, and that die."""

from __future__ import annotations

import json
import threading

import pytest
from batch_studio import GRAPH, write_picture
from fake_comfy import FakeComfy

from fice.base.errors import FiceError
from fice.batch.comfy import Comfy
from fice.batch.hosts import Pace, by_hosts
from fice.batch.plan import make_plan
from fice.batch.rows import Asked, read_rows
from fice.batch.values import Edited, Failed
from fice.batch.workflow import read_workflow

PACE = Pace(poll_s=0.01, asks=2, return_s=0.05, give_up_s=0.3, late_s=0.05)
TEXTS = ("red", "blue", "green")


@pytest.fixture
def hosts():
    two = (FakeComfy(seconds=0.01), FakeComfy(seconds=0.01))
    yield two
    for one in two:
        one.die()


@pytest.fixture
def workflow(tmp_path):
    (tmp_path / "w.json").write_text(json.dumps(GRAPH))
    return read_workflow(tmp_path / "w.json", [])


@pytest.fixture
def plan(tmp_path):
    """Four photos with three texts each."""
    for number in range(4):
        write_picture(tmp_path / "in" / f"{number}.png", number)
    return make_plan(read_rows(str(tmp_path / "in"), Asked(TEXTS)), None, ".png")


def outcomes_of(hosts, workflow, plan, on_outcome=lambda _: None):
    engine = by_hosts([Comfy(one.url) for one in hosts], workflow, tries=3, pace=PACE)
    found = []
    for outcome in engine(plan.units()):
        found.append(outcome)
        on_outcome(outcome)
    assert sorted(one.key for one in found) == sorted(plan.edits)  # each once
    return {one.key: one for one in found}


def test_hosts_share_the_work(hosts, workflow, plan):
    outcomes = outcomes_of(hosts, workflow, plan)
    assert all(isinstance(one, Edited) and one.picture for one in outcomes.values())
    assert all(one.done for one in hosts)
    assert len(hosts[0].done) + len(hosts[1].done) == len(plan.edits)
    (graph, *_) = hosts[0].prompts
    assert graph["1"]["inputs"]["image"].startswith("fice-batch/")
    assert graph["2"]["inputs"]["text"] in TEXTS
    # Each photo is sent once to a host, and seldom to both.
    assert 4 <= sum(len(one.uploads) for one in hosts) <= 6
    report = next(iter(outcomes.values())).report
    assert report["host"] in {one.url for one in hosts}


def test_a_host_that_dies_hands_its_work_on(hosts, workflow, plan):
    def kill(_):
        if hosts[0].http is not None and hosts[0].done:
            hosts[0].die()
            hosts[0].done = []

    outcomes = outcomes_of(hosts, workflow, plan, kill)
    assert all(isinstance(one, Edited) for one in outcomes.values())
    assert max(one.tries for one in outcomes.values()) == 2
    assert len(hosts[1].done) >= len(plan.edits) - 3


def test_a_host_that_comes_back_goes_on(hosts, workflow, plan):
    one, other = hosts
    other.die()
    one.die()
    threading.Timer(0.1, one.start, (one.port,)).start()
    outcomes = outcomes_of(hosts, workflow, plan)
    assert len(outcomes) == len(one.done) == len(plan.edits)


def test_without_any_host_the_job_ends(hosts, workflow, plan):
    for one in hosts:
        one.die()
    with pytest.raises(FiceError, match="No host answers any more"):
        outcomes_of(hosts, workflow, plan)


def test_errors_of_ours_stay_and_others_pass(hosts, workflow, plan):
    ours, others = ("pack.fice.base.errors.NobodyError", "Nobody."), ("RuntimeError", "CUDA")
    hosts[0].errors = {"red": [ours], "blue": [others]}
    outcomes = outcomes_of(hosts[:1], workflow, plan)
    failed = [one for one in outcomes.values() if isinstance(one, Failed)]
    assert [(one.reason, one.tries) for one in failed] == [("Nobody.", 1)]
    assert sorted(one.tries for one in outcomes.values())[-2:] == [1, 2]


def test_what_fails_each_time_is_told(hosts, workflow, plan):
    hosts[0].errors = {"blue": [("RuntimeError", "CUDA")] * 99}
    outcomes = outcomes_of(hosts[:1], workflow, plan)
    failed = [one for one in outcomes.values() if isinstance(one, Failed)]
    assert {(one.reason, one.tries) for one in failed} == {("FICEEdit: CUDA", 3)}
    assert len(failed) == 4


def test_a_workflow_that_is_refused(hosts, workflow, plan):
    for one in hosts:
        one.refuses = True
    outcomes = outcomes_of(hosts, workflow, plan)
    assert {one.reason for one in outcomes.values()} == {
        "The host does not take the workflow: node 2: Value not in list model_set: 'x'."
    }


def test_a_host_that_is_busy_with_others_is_left_alone(hosts, workflow, plan):
    hosts[0].others = ["theirs", "theirs too"]
    outcomes_of(hosts, workflow, plan)
    assert hosts[0].prompts == []


def test_what_a_host_lost_is_begun_again(hosts, workflow, plan):
    hosts[0].forgets = 2
    outcomes = outcomes_of(hosts[:1], workflow, plan)
    assert sorted(one.tries for one in outcomes.values())[-3:] == [1, 2, 2]


@pytest.mark.parametrize("url", ["file:///etc/passwd", "localhost:8188", "ftp://a/b", "http://"])
def test_only_addresses_of_hosts(url):
    with pytest.raises(FiceError, match="no address of a ComfyUI"):
        Comfy(url)
