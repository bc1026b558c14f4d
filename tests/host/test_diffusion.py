"""Graphs that mix FICE with diffusion, on random networks of Stable Diffusion's shape."""

from __future__ import annotations

import shutil
import subprocess

import numpy as np
import pytest
from graphs import QUICK
from PIL import Image

from tools.host.comfy_host import PACK, host_python
from tools.host.workflow_files import needs_weights, read_workflow, ui_to_api, workflow_files

pytestmark = [pytest.mark.host, pytest.mark.slow]

SIDE = 256
DISK = 4 << 30  # bytes that both files take, and some to spare
SCRIPT = PACK / "tests" / "support" / "random_diffusion.py"
QUICKER = {
    "KSampler": {"steps": 2},
    "EmptyLatentImage": {"width": SIDE, "height": SIDE},
    "FICEClipGuidedInversion": QUICK,
    "FICELoadModelSet": {"model_set": "tiny"},  # sees a person in every picture
}


def graph_of(name):
    """A shipped workflow, quicker; a mask says where the garment is, as random networks cannot."""
    graph = ui_to_api(read_workflow(PACK / "workflows" / f"{name}.json"))
    for one in graph.values():
        one["inputs"].update(QUICKER.get(one["class_type"], {}))
    graph["own"] = {
        "class_type": "LoadImageMask",
        "inputs": {"image": "garment.png", "channel": "red"},
    }
    graph[node_of(graph, "FICESegmentGarment")]["inputs"]["mask"] = ["own", 0]
    return graph


def node_of(graph, kind, index=0):
    """Id of a node of the class `kind`."""
    return [name for name, one in graph.items() if one["class_type"] == kind][index]


def named(path, key):
    """The file that a shipped workflow asks for."""
    workflow = read_workflow(PACK / "workflows" / f"{path}.json")
    values = (one["inputs"].get(key) for one in ui_to_api(workflow).values())
    return next(value for value in values if value)


REFINE = "FICE 13 - refine with diffusion"
IN_POSE = "FICE 14 - refine with diffusion, pose held"
FROM_DIFFUSION = "FICE 15 - dress a person made by diffusion"
@pytest.mark.parametrize("name", [INPAINTED, WHOLE])
def test_the_clothes_alone_are_taken(diffusion, name):
    """Random networks repaint all of the picture; outside the mask the photo comes through."""
    graph = graph_of(name)
    result, mask = run(diffusion, graph, node_of(graph, "FICETakeClothes"))
    outside = outside_of(mask)
    assert np.array_equal(result[outside], photo()[outside])
    assert not np.array_equal(result[mask == 255], photo()[mask == 255])


def test_every_workflow_that_needs_weights_runs():
    needing = {path.stem for path in workflow_files() if needs_weights(path)}
    made_exact = {INSTRUCTED, INPAINTED, WHOLE}
    assert needing == {REFINE, IN_POSE, FROM_DIFFUSION, PHOTO_OF_A_PERSON} | made_exact
