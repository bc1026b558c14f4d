"""The workflow files are what the scenes say; nobody edits them by hand."""

from __future__ import annotations

import pytest

from tools.host.workflow_files import (
    LOADERS_OF_OTHERS,
    WORKFLOWS,
    needs_weights,
    read_workflow,
    ui_to_api,
)
from tools.workflows.model_addresses import addresses
from tools.workflows.pictures import without_weights
from tools.workflows.scenes import SCENES, chosen


@pytest.fixture(params=SCENES)
def name(request):
    return request.param


@pytest.fixture
def scene(name):
    return SCENES[name]()


@pytest.fixture
def workflow(name):
    return read_workflow(WORKFLOWS / f"{name}.json")


def test_one_scene_for_each_file():
    assert sorted(SCENES) == sorted(path.stem for path in WORKFLOWS.glob("*.json"))


def columns(places):
    """Names from left to right in columns, from top to bottom in each, of `{name: (x, y)}`."""
    lefts = sorted({x for x, _ in places.values()})
    return [
        [name for name in sorted(places, key=lambda one: places[one][1]) if places[name][0] == left]
        for left in lefts
    ]


def test_nodes_lie_in_the_columns_of_the_scene(scene, workflow):
    lie = {str(node["id"]): tuple(node["pos"]) for node in workflow["nodes"]}
    (note,) = (str(n["id"]) for n in workflow["nodes"] if n["type"] == "MarkdownNote")
    written = {scene.numbers[name]: placed.at for name, placed in scene.nodes.items()}
    assert columns(lie) == columns({**written, note: scene.note_at[:2]})
    kinds = {str(node["id"]): node["type"] for node in workflow["nodes"]}
    assert all(kinds[scene.numbers[name]] == placed.kind for name, placed in scene.nodes.items())


def test_columns_have_captions(scene, workflow):
    wanted = [caption.partition(": ")[2] for caption in scene.captions if caption]
    assert [group["title"] for group in workflow["groups"]] == wanted
    assert len(scene.captions) == len({placed.at[0] for placed in scene.nodes.values()})


def test_inputs_and_links_are_those_of_the_scene(scene, workflow):
    graph = ui_to_api(workflow)
    for name, placed in scene.nodes.items():
        inputs = graph[scene.numbers[name]]["inputs"]
        for key, value in placed.inputs.items():
            if isinstance(value, tuple):
                value = [scene.numbers[value[0]], value[1]]
            assert inputs[key] == value, (name, key)


def test_the_note_is_that_of_the_scene(scene, workflow):
    notes = [n for n in workflow["nodes"] if n["type"] == "MarkdownNote"]
    assert [n["widgets_values"][0] for n in notes] == [scene.note]


def test_it_says_whether_weights_are_needed(name, scene):
    assert scene.needs_weights == needs_weights(WORKFLOWS / f"{name}.json")


@pytest.mark.parametrize("name", [name for name, make in SCENES.items() if make().needs_weights])
def test_the_thumbnail_needs_no_weights(scene, workflow):
    graph = without_weights(ui_to_api(workflow), scene)
    kinds = {node["class_type"] for node in graph.values()}
    assert scene.numbers[scene.result] in graph
    assert not {kind for kind in kinds if "Loader" in kind}


def test_chosen_by_a_part_of_the_name():
    assert list(chosen("pose held")) == ["FICE 14 - refine with diffusion, pose held"]
    assert chosen("") == SCENES


def test_files_of_others_have_addresses(scene, workflow):
    """The frontend's dialog of missing models can fetch each of them."""
    told = {str(node["id"]): node["properties"].get("models", []) for node in workflow["nodes"]}
    for name, placed in scene.nodes.items():
        assert told[scene.numbers[name]] == addresses(placed), name
        if placed.kind in LOADERS_OF_OTHERS:
            (model,) = told[scene.numbers[name]]
            assert model["name"] in placed.inputs.values()
            assert model["url"].startswith("https://huggingface.co/")
            assert model["url"].endswith(f"/{model['name']}")
