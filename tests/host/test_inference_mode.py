"""The host runs nodes in inference mode, where no gradient exists; the nodes have to leave it.

Used wrongly, networks and tensors fail only on a GPU, where moving a network makes new tensors.
`ProbeMove` does the same on a CPU: it sends a network to float64 and back.
"""

from __future__ import annotations

import json

import pytest
from graphs import node, stages

pytestmark = pytest.mark.host

NETWORKS = {"generator": 0, "clip": 2, "densepose": 3, "segmenter": 4}
USERS = {
    "generator": ("start", "inversion"),
    "clip": ("inversion",),
    "densepose": ("pose",),
    "segmenter": ("regions",),
}


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("when", ["now", "on_load"])
def test_a_network_that_the_host_moved_still_has_gradients(host, network, when):
    """Moved by the host beforehand, or while our node asks for it."""
    host.free(unload_models=True, free_memory=True)
    graph = stages(seed=60)
    graph["moved"] = node(
        "ProbeMove",
        network=["models", NETWORKS[network]],
        now=when == "now",
        on_load=when == "on_load",
    )
    for user in USERS[network]:
        graph[user]["inputs"][network] = ["moved", 0]
    run = host.run(graph)
    assert run.ended == "success", run.error


def test_refining_an_inversion_has_gradients(host):
    graph = stages(seed=61)
    graph["start"]["inputs"].update(refine_steps=3, preview_every=1)
    run = host.run(graph)
    assert run.ended == "success", run.error
    assert "start" in {shown for _, shown in run.previews}


def test_the_photo_is_not_changed(host):
    """Writing into a host tensor would corrupt the cached output of the node before."""

    def digest(graph):
        graph["digest"] = node("ProbeDigest", value=["photo", 0])
        run = host.run(graph)
        assert run.ended == "success", run.error
        return json.loads(run.outputs["digest"]["found"][0])["bits"]

    host.free(unload_models=True, free_memory=True)
    untouched = digest({"photo": stages()["photo"]})
    host.run(stages(seed=62))
    assert digest({"photo": {**stages()["photo"]}}) == untouched
