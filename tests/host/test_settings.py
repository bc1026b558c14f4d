"""What a recipe, Inversion Settings and the numbers of older workflows make of an inversion."""

from __future__ import annotations

import json

import graphs
import pytest
from graphs import node, stages

from tools.host.comfy_host import PromptRejectedError

pytestmark = pytest.mark.host

LATE = {"steps": 5, "start_candidates": 3, "clip_views": 1}
"""Numbers that no recipe has, and few enough for a test."""


@pytest.fixture(scope="module")
def untouched(host):
    """What the hidden inputs hold where nobody touched them."""
    return {**graphs.recipe_widgets(host), "text": graphs.TEXT}


def settings(host, **changed):
    """Inversion Settings as the host offers it, with some widgets changed."""
    groups = host.get("/object_info/FICEInversionSettings")["FICEInversionSettings"]["input"]
    specs = {**groups["required"], **groups.get("optional", {})}
    shown = {name: spec[1]["default"] for name, spec in specs.items()}
    return node("FICEInversionSettings", **{**shown, **changed})


def generated(host, untouched, linked=None, **inversion):
    graph = stages(**{**untouched, **inversion})
    if linked is not None:
        graph["settings"] = linked
        graph["inversion"]["inputs"]["settings"] = ["settings", 0]
    run = host.run(graph)
    assert run.ended == "success", run.error
    report = json.loads(run.outputs["report"]["text"][0])
    return json.loads(run.outputs["generated"]["found"][0])["bits"], report


def test_untouched_settings_change_nothing(host, untouched):
    quick = {**untouched, **LATE}
    assert generated(host, quick, settings(host))[0] == generated(host, quick)[0]


def test_a_number_counts_alike_wherever_it_is_set(host, untouched):
    """Older workflows set it on the inversion itself."""
    more = {**LATE, "image_weight": 3.0, "schedule": "constant (FICE)", "lock_pose": True}
    old, told = generated(host, untouched, **more, keep_best=False)
    new, _ = generated(host, untouched, settings(host, **more, keep_best="no"))
    assert old == new
    assert told["set"] == {**more, "keep_best": False}


def test_settings_go_before_what_is_set_on_the_node(host, untouched):
    quick = {**untouched, **LATE}
    assert generated(host, quick, settings(host, steps=7))[1]["images"][0]["steps"] == 7


def test_a_recipe_brings_its_numbers(host, untouched):
    """Which ones, `test_stages.py` asks by comparing FICE Edit with the library."""
    quick = settings(host, **LATE)
    other, report = generated(host, untouched, quick, recipe="fast")
    assert other != generated(host, untouched, quick)[0]
    assert (report["recipe"], report["set"]) == ("fast", LATE)


def test_preservation_multiplies_the_weights(host, untouched):
    quick = {**untouched, **LATE, "image_weight": 8.0, "head_shape_weight": 2.0}
    halved = {**quick, "image_weight": 4.0, "head_shape_weight": 1.0, "body_shape_weight": 5.0}
    assert generated(host, quick, preservation=0.5)[0] == generated(host, halved)[0]
    assert generated(host, quick)[0] != generated(host, halved)[0]


def test_all_locked_is_refused_before_the_run(host, untouched):
    locks = dict.fromkeys(("lock_pose", "lock_shape", "lock_texture"), True)
    with pytest.raises(PromptRejectedError, match="nothing could change"):
        generated(host, untouched, settings(host, **locks))


def test_fice_edit_takes_settings(host):
    graph = graphs.edit(settings=["settings", 0], seed=3)
    graph["settings"] = settings(host, **LATE)
    run = host.run(graph)
    assert run.ended == "success", run.error
    assert json.loads(run.outputs["report"]["text"][0])["images"][0]["steps"] == 5
