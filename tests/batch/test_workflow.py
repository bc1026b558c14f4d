from __future__ import annotations

import json

import pytest
from batch_studio import GRAPH

from fice.base.errors import FiceError
from fice.batch.values import Row
from fice.batch.workflow import read_workflow

ROW = Row(1, "in/a.png", "a.png", "red", seed=9)


@pytest.fixture
def write(tmp_path):
    def written(graph):
        (tmp_path / "w.json").write_text(json.dumps(graph))
        return tmp_path / "w.json"

    return written


def test_photo_and_text_are_found(write):
    workflow = read_workflow(write(GRAPH), [])
    graph = workflow.of(ROW, {"photo": "fice-batch/x.png"})
    assert graph["1"]["inputs"]["image"] == "fice-batch/x.png"
    assert graph["2"]["inputs"] == {"image": ["1", 0], "text": "red", "seed": 4}
    assert workflow.result == "3"
    assert workflow.graph["2"]["inputs"]["text"] == "a dress"


@pytest.mark.parametrize("node", ["2", "The edit", "FICEEdit"])
def test_other_inputs_are_named(write, node):
    workflow = read_workflow(write(GRAPH), [f"{node}.seed=seed", "4.text=text"])
    graph = workflow.of(ROW, {"photo": "x"})
    assert graph["2"]["inputs"]["seed"] == 9
    assert graph["2"]["inputs"]["text"] == "a dress"
    assert graph["4"]["inputs"]["text"] == "red"


def test_what_no_input_takes_is_told(write):
    with pytest.raises(FiceError, match=r"value for 'seed' \(9\).*--set NODE\.INPUT=seed"):
        read_workflow(write(GRAPH), []).check([ROW])
    two = {**GRAPH, "5": GRAPH["1"]}
    masked = read_workflow(write(two), ["2.seed=seed", "1.image=photo", "5.image=mask"])
    with pytest.raises(FiceError, match="Row 1 has no mask"):
        masked.check([ROW])


@pytest.mark.parametrize(
    ("graph", "settings", "said"),
    [
        ({"nodes": [], "links": []}, [], r"Workflow > Export \(API\)"),
        ({}, [], "no workflow in API format"),
        ([1], [], "no workflow in API format"),
        ({**GRAPH, "5": GRAPH["1"]}, [], r"photo\? .* 1 \(LoadImage\), 5 \(LoadImage\); say"),
        ({**GRAPH, "5": GRAPH["2"]}, [], r"text\? .* 2 \(The edit\), 5 \(The edit\); say"),
        ({**GRAPH, "5": GRAPH["3"]}, [], "Which picture is the result"),
        ({key: GRAPH[key] for key in "12"}, [], "saves no picture"),
        (GRAPH, ["2=seed"], "not understood"),
        (GRAPH, ["2.seed=colour"], "with a column out of photo, mask"),
        (GRAPH, ["2.steps=seed"], "has no input 'steps'; it has image, text, seed"),
        (GRAPH, ["9.seed=seed"], "no node '9'"),
    ],
)
def test_what_is_wrong_with_a_workflow_is_told(write, graph, settings, said):
    with pytest.raises(FiceError, match=said):
        read_workflow(write(graph), settings)


def test_no_json(tmp_path):
    (tmp_path / "w.json").write_text("{")
    with pytest.raises(FiceError, match="is not JSON"):
        read_workflow(tmp_path / "w.json", [])
