"""The nodes behave like the host's own: they can be cancelled, and they give memory back."""

from __future__ import annotations

import json

import graphs
import pytest
from graphs import node, stages

pytestmark = pytest.mark.host


def census(host, nonce, graph=None):
    """The networks of ours that are alive in the host, and those it holds loaded.

    `graph` is queued along: some hosts forget the results of nodes that a prompt does not mention.
    """
    run = host.run({**(graph or {}), "census": node("ProbeCensus", nonce=nonce)})
    return json.loads(run.outputs["census"]["found"][0])


class TestInterrupt:
    @pytest.mark.parametrize(
        "slow", [{"steps": 5000, "start_candidates": 0}, {"start_candidates": 4096}]
    )
    def test_within_one_step(self, host, slow):
        """While Adam steps and while starts are tried."""
        with host.queued(stages(seed=30, **slow)) as (run, events):
            shown = 0
            for event in events:
                shown += event["type"] == "preview" and event["data"]["node_id"] == "inversion"
                if event["type"] == "preview" and shown == 3:
                    host.interrupt()
        assert run.ended == "interrupted"
        assert shown <= 3 + 2  # what was under way, and what was already on the wire

    def test_the_queue_stays_healthy(self, host):
        with host.queued(stages(seed=31, steps=5000)) as (run, events):
            for event in events:
                if event["type"] == "preview" and event["data"]["node_id"] == "inversion":
                    host.interrupt()
        assert run.ended == "interrupted"
        after = host.run(stages(seed=31))
        assert after.ended == "success", after.error
        assert {"models", "pose", "regions"} <= after.cached

    def test_in_the_one_node_edit(self, host):
        with host.queued(graphs.edit(seed=32, recipe="paper", preview_every=1)) as (run, events):
            for event in events:
                if event["type"] == "preview":
                    host.interrupt()
        assert run.ended == "interrupted"


class TestMemory:
    def test_free_really_frees(self, host):
        graph = stages(seed=40)
        assert host.run(graph).ended == "success"
        before = census(host, 1, graph)
        assert {"FrozenGenerator", "OpenClip", "CompactChart"} <= set(before["alive"])
        assert "FrozenGenerator" in before["loaded"]
        host.free(unload_models=True, free_memory=True)
        assert census(host, 2) == {"alive": [], "loaded": []}

    def test_unloading_keeps_results(self, host):
        host.run(stages(seed=41))
        host.free(unload_models=True)
        again = host.run(stages(seed=41))
        assert again.executed == set()
        assert census(host, 3)["loaded"] == []

    def test_unloaded_networks_work_again(self, host):
        host.run(stages(seed=42))
        host.free(unload_models=True)
        other = host.run(stages(seed=43))
        assert other.ended == "success", other.error
        assert "models" in other.cached

    def test_no_leak_is_logged(self, host):
        assert "memory leak" not in host.log_text().lower()


class TestQueue:
    def test_two_prompts_back_to_back(self, host):
        with (
            host.queued(stages(seed=50)) as (first, one),
            host.queued(stages(seed=51)) as (
                second,
                two,
            ),
        ):
            for events in (one, two):
                for _ in events:
                    pass
        assert first.ended == second.ended == "success"
