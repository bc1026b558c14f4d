"""What the host costs: the same edit through the nodes and by the library alone."""

from __future__ import annotations

import json

import graphs
import pytest
from graphs import node

pytestmark = [pytest.mark.host, pytest.mark.slow]

DEMO = "demo (built in)"
PHOTO = node("LoadImage", image="fice_demo_photo.png")
MOST_OVERHEAD = 0.10
FIRST_PREVIEW_S = 3.0
WHOLE_EDIT_S = 60.0


def by_nodes(host, seed):
    """Seconds from the first stage to the end, with the networks loaded."""
    graph = graphs.edit(PHOTO, model_set=DEMO, seed=seed)
    run = host.run(graph)
    assert run.ended == "success", run.error
    return run


def by_library(host, seed):
    run = host.run(graphs.library_edit(PHOTO, DEMO, seed))
    assert run.ended == "success", run.error
    return json.loads(run.outputs["library"]["found"][0])["seconds"]


def test_overhead(host, record_property):
    """The best of three of each, in turn, as other programs may use the machine."""
    by_nodes(host, 100), by_library(host, 100)  # load and warm up
    pairs = [(by_nodes(host, seed).seconds, by_library(host, seed)) for seed in (101, 102, 103)]
    nodes, library = (min(times) for times in zip(*pairs, strict=True))
    record_property("nodes_s", round(nodes, 3))
    record_property("library_s", round(library, 3))
    assert nodes <= library * (1.0 + MOST_OVERHEAD), (nodes, library)


def test_first_preview_and_end(host):
    by_nodes(host, 110)
    run = by_nodes(host, 111)
    first, _ = run.previews[0]
    assert first < FIRST_PREVIEW_S
    assert run.seconds < WHOLE_EDIT_S
