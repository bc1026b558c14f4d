"""Networks in the shapes of those for photos, small: the template's path, and what it says."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from graphs import node

from fice.checkpoints import save_module
from fice.demo.world.large_photo import Place, draw_large_photo
from fice.framing.fit import FACTORS
from fice.framing.learning import PICTURES
from fice.networks.perceptors.compact_regions import CompactRegions, CompactRegionsConfig
from tools.full_size.graph import photo_graph
from tools.full_size.networks import small_shape, write_networks
from tools.full_size.record import recorded_run, seconds_between

pytestmark = pytest.mark.host


@pytest.fixture(scope="module")
def edited(host):
    """The photo, the run of the template on it, and what each stage took."""
    pixels = draw_large_photo((600, 400), [Place(10_900_103, 38, 205, 322)])
    files = write_networks(host.base / "models", small_shape())
    name = host.put_input("room.png", pixels)
    graph = photo_graph(files, name, steps=2, start_candidates=4, preview_every=1)
    run, stages = recorded_run(host, graph)
    assert run.ended == "success", run.error
    return pixels, run, stages


def picture(host, run, name):
    return host.image(run.outputs[name]["images"][0])


def test_the_rest_of_the_photo_is_untouched(host, edited):
    pixels, run, _ = edited
    result, mask = picture(host, run, "save"), picture(host, run, "mask")[..., 0]
    assert result.shape == pixels.shape
    outside = mask == 0
    assert 0.3 < outside.mean() < 0.99
    assert np.array_equal(result[outside], pixels[outside])


def test_of_networks_that_were_never_measured_nothing_is_said(edited):
    _, run, _ = edited
    reports = (
        json.loads(run.outputs[f"{one} report"]["text"][0]) for one in ("start", "inversion")
    )
    start, inversion = reports
    assert start["warning"] == ""
    assert inversion["warnings"] == []


def test_the_search_for_the_person_shows_how_far_it_is(edited):
    """With networks of full size it takes half a minute, in which Cancel counts as well."""
    _, run, _ = edited
    values = [e["value"] for e in run.named("progress") if e["node"] == "frame"]
    assert values == sorted(values)
    assert len(values) > 3  # the host leaves some out that follow each other quickly
    assert PICTURES < values[-1] < PICTURES + 2 + len(FACTORS)


def test_what_each_stage_took(edited):
    """The record of `python -m tools.full_size`."""
    _, run, stages = edited
    by_name = {one["stage"]: one for one in stages}
    loaders = {"load generator", "load encoder", "load CLIP", "load DensePose", "load segmenter"}
    assert loaders | {"frame", "start", "pose", "regions", "inversion", "stitch"} <= set(by_name)
    drawn = 1 + 3 * 1 + 2  # the start, three passes of one chunk, the steps
    inversion = by_name["inversion"]
    assert inversion["previews"] == inversion["progress_messages"] == drawn
    assert inversion["longest_silence_seconds"] <= inversion["seconds"]
    assert sum(one["seconds"] for one in stages) <= run.seconds + 0.1
    assert all(one["peak_mib"] > 100 for one in stages)
    assert seconds_between(run, "inversion", 5, 6) > 0


def test_a_photo_without_a_garment(host):
    segmenter = CompactRegions(CompactRegionsConfig((4, 6, 8)))
    with torch.no_grad():
        segmenter.classes.bias[0] += 1000.0  # background, whatever it sees
    weights = "sees nothing.safetensors"
    save_module(host.base / "models" / "fice_segmenters" / weights, "compact_regions", segmenter)
    pixels = np.zeros((64, 64, 3), np.uint8)
    pixels[:] = np.linspace(100, 140, 64)[:, None]
    stitch = node(
        "FICEStitch",
        original=["photo", 0],
        generated=["photo", 0],
        regions=["regions", 0],
        **{"mode": "garment", "feather": -1, "grow": -1, "seam": "alpha", "holes": "keep"},
    )
    graph = {
        "photo": node("LoadImage", image=host.put_input("wall.png", pixels)),
        "segmenter": node("FICELoadSegmenter", weights=weights),
        "regions": node("FICESegmentGarment", image=["photo", 0], segmenter=["segmenter", 0]),
        "stitch": stitch,
        "shown": node("PreviewImage", images=["stitch", 0]),
    }
    run = host.run(graph)
    assert run.ended == "success", run.error
    assert dict(run.said) == {
        "regions": "No garment is found in the photo: link a mask of what may change, or use "
        "another segmenter.",
        "stitch": "Nothing changed: no garment was found to replace.",
    }
