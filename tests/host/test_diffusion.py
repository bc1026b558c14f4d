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
PHOTO_OF_A_PERSON = "FICE 17 - edit a photo of a person"
INSTRUCTED = "FICE 18 - edit by instruction, made exact"  # runs in test_exact.py
INPAINTED = "FICE 19 - inpaint, made exact"
WHOLE = "FICE 20 - refine the whole picture, made exact"


@pytest.fixture(scope="module")
def diffusion(host):
    """The checkpoint and the ControlNet that the workflows name; removed afterwards."""
    models = host.base / "models"
    if shutil.disk_usage(models).free < DISK:
        pytest.fail(f"needs {DISK >> 30} GiB in {models}")
    files = [
        models / "checkpoints" / named(REFINE, "ckpt_name"),
        models / "controlnet" / named(IN_POSE, "control_net_name"),
    ]
    for file in files:
        file.parent.mkdir(exist_ok=True)
    garment = np.zeros((SIDE, SIDE, 3), np.uint8)
    garment[80:200, 60:190] = 255
    host.put_input("garment.png", garment)
    command = [host_python(host.checkout), SCRIPT, host.checkout, *files]
    try:
        subprocess.run([str(part) for part in command], check=True)
        yield host
    finally:
        host.free(free_memory=True, unload_models=True)
        for file in files:
            file.unlink(missing_ok=True)


def run(host, graph, mask=None):
    """Pictures of the run: the result, and the mask of node `mask`."""
    if mask is not None:
        graph["mask_image"] = {"class_type": "MaskToImage", "inputs": {"mask": [mask, 1]}}
        inputs = {"images": ["mask_image", 0], "filename_prefix": "mask"}
        graph["mask_saved"] = {"class_type": "SaveImage", "inputs": inputs}
    # The small networks of tests know three colours.
    for one in graph.values():
        if one["class_type"] in ("FICEClipGuidedInversion", "FICEEdit"):
            one["inputs"]["text"] = "a red dress"
    done = host.run(graph)
    assert done.ended == "success", (done.error or {}).get("exception_message")
    saved = node_of(graph, "SaveImage")
    result = host.image(done.outputs[saved]["images"][0])
    if mask is None:
        return result
    return result, host.image(done.outputs["mask_saved"]["images"][0])[..., 0]


@pytest.fixture(scope="module")
def refined(diffusion):
    graph = graph_of(REFINE)
    before = node_of(graph, "PreviewImage")
    edited = graph[before]["inputs"]["images"][0]
    shown = {"images": [edited, 0], "filename_prefix": "before"}
    result, mask = run(diffusion, graph, edited)
    graph["before_saved"] = {"class_type": "SaveImage", "inputs": shown}
    again = diffusion.run(graph)
    return result, mask, diffusion.image(again.outputs["before_saved"]["images"][0])


def outside_of(mask):
    """Where nothing may change; neither all nor nothing."""
    outside = mask == 0
    assert 0.3 < outside.mean() < 0.9
    return outside


def photo():
    path = PACK / "workflows" / "assets" / "fice_demo_photo.png"
    return np.asarray(Image.open(path).convert("RGB"))


class TestRefine:
    def test_size(self, refined):
        result, mask, _ = refined
        assert result.shape == (SIDE, SIDE, 3)
        assert mask.shape == (SIDE, SIDE)

    def test_outside_the_mask_is_the_photo(self, refined):
        result, mask, _ = refined
        outside = outside_of(mask)
        assert np.array_equal(result[outside], photo()[outside])

    def test_diffusion_changed_the_inside(self, refined):
        result, mask, before = refined
        inside = mask == 255
        assert inside.mean() > 0.1
        assert not np.array_equal(result[inside], before[inside])


def test_the_chart_steers_a_controlnet(diffusion, refined):
    graph = graph_of(IN_POSE)
    edited = graph[node_of(graph, "PreviewImage")]["inputs"]["images"][0]
    result, mask = run(diffusion, graph, edited)
    outside = outside_of(mask)
    assert np.array_equal(result[outside], photo()[outside])
    assert np.array_equal(mask, refined[1])
    assert not np.array_equal(result, refined[0])


def test_a_person_of_diffusion_is_dressed(diffusion):
    graph = graph_of(FROM_DIFFUSION)
    graph["person"] = {
        "class_type": "SaveImage",
        "inputs": {"images": [node_of(graph, "VAEDecode"), 0], "filename_prefix": "person"},
    }
    saved = node_of(graph, "SaveImage")
    mask = graph[saved]["inputs"]["images"][0]
    result, used = run(diffusion, graph, mask)
    person = diffusion.image(diffusion.run(graph).outputs["person"]["images"][0])
    assert result.shape == person.shape == (SIDE, SIDE, 3)
    outside = outside_of(used)
    assert np.array_equal(result[outside], person[outside])
    assert not np.array_equal(result, person)


def test_a_photo_with_a_loader_for_each_network(host):
    """The files of people do not lie here: tiny ones in their places."""
    graph = ui_to_api(read_workflow(PACK / "workflows" / f"{PHOTO_OF_A_PERSON}.json"))
    for one in graph.values():
        one["inputs"].update(QUICKER.get(one["class_type"], {}))
        if "weights" in one["inputs"]:
            one["inputs"]["weights"] = "tiny.safetensors"
    frame = graph[node_of(graph, "FICECropToFrame")]["inputs"]
    frame.update(
        {"frame_from": "box by hand", "left": 300, "top": 400, "width": 512, "height": 512}
    )
    assert run(host, graph).shape == (1600, 1200, 3)


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
