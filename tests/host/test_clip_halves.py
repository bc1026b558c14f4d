"""A guide made of the host's own CLIP Vision and CLIP."""

from __future__ import annotations

import json

import graphs
import pytest
import torch
from graphs import node
from safetensors.torch import save_file

pytestmark = pytest.mark.host

RELATIVE = 1e-5
MADE = {
    "wide": False,
    "activation": "quick_gelu",
    "image_activation": "",
    "image_features": 0,
    "vision": "clip",
    "projection": "own",
    "source": "",
    "sdxl": False,
    "lora": False,
}
PROJECTION = "text_model.text_projection.weight"


def halves(**changes):
    """The host's two networks, and our guide of them."""
    return {
        "host": node("ProbeHostClip", **{**MADE, **changes}),
        "guide": node(
            "FICELoadCLIP",
            weights="demo (built in)",
            clip_vision=["host", 0],
            text_encoder=["host", 1],
        ),
    }


def refusal(host, graph):
    """The message of a run that ends at our node."""
    graph["show"] = node("PreviewAny", source=["guide", 0])
    run = host.run(graph)
    assert run.error["node_id"] == "guide"
    message = run.error["exception_message"].strip()
    assert "\n" not in message
    assert len(message) < 450
    return message


@pytest.mark.parametrize(
    "made",
    [{}, {"activation": "gelu"}, {"sdxl": True}, {"wide": True}],
    ids=["quick_gelu", "gelu", "one of two encoders", "width of ViT-L-14"],
)
def test_features_and_gradient_are_those_of_the_host(host, made):
    graph = halves(**made)
    links = {"clip_vision": ["host", 0], "text_encoder": ["host", 1], "guide": ["guide", 0]}
    graph["compare"] = node("ProbeCompareClip", **links, text="a red shirt, knee-length")
    run = host.run(graph)
    assert run.ended == "success", run.error
    found = json.loads(run.outputs["compare"]["found"][0])
    assert max(found["image"], found["text"]) < RELATIVE
    assert found["slope"] < 1e-4
    assert found["gradient"] > 0


def test_it_guides_an_edit(host):
    graph = graphs.stages()
    graph.update(halves())
    graph["inversion"]["inputs"]["clip"] = ["guide", 0]
    run = host.run(graph)
    assert run.ended == "success", run.error


@pytest.mark.parametrize(
    ("made", "says"),
    [
        ({"projection": "zeros"}, "comes without its projection"),
        ({"projection": "identity"}, "comes without its projection"),
        ({"vision": "bare"}, "The CLIP Vision that is linked comes without its projection"),
        ({"vision": "siglip"}, "is no CLIP"),
        ({"image_features": 24}, "gives 24 numbers for a picture, and the CLIP has clip_l (64)"),
        ({"image_activation": "gelu"}, "another activation in either half"),
        ({"lora": True}, "before the LoRA"),
    ],
)
def test_refused_with_what_to_do(host, made, says):
    assert says in refusal(host, halves(**made))


def test_a_projection_that_was_never_filled(host, tmp_path):
    """Such memory may hold anything: the file tells that there was none."""
    with_it, without = tmp_path / "with.safetensors", tmp_path / "without.safetensors"
    save_file({PROJECTION: torch.zeros(64, 64)}, with_it)
    save_file({"text_model.embeddings.position_ids": torch.zeros(77)}, without)
    assert "comes without its projection" in refusal(host, halves(source=str(without)))
    graph = halves(source=str(with_it))
    graph["show"] = node("PreviewAny", source=["guide", 0])
    assert host.run(graph).ended == "success"


@pytest.mark.parametrize("lacking", ["clip_vision", "text_encoder"])
def test_one_half_alone(host, lacking):
    graph = halves()
    del graph["guide"]["inputs"][lacking]
    assert "needs both halves" in refusal(host, graph)
