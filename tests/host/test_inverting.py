"""Invert Image: four ways, what it says of the photo, and photos that it has seen before."""

from __future__ import annotations

import json

import graphs
import pytest
from graphs import node, probe_image, stages

pytestmark = pytest.mark.host


def inverting(image=None, model_set="tiny", *, encoder=True, **inputs):
    """A photo, its W+, and what the node says."""
    defaults = {"refine_steps": 0, "preview_every": 0, "start_from": "encoder", "tune_steps": 0}
    links = {"image": ["photo", 0], "generator": ["models", 0]}
    if encoder:
        links["encoder"] = ["models", 1]
    return {
        "photo": image or probe_image(),
        "models": graphs.models(model_set),
        "start": node("FICEInvertImage", **{**links, **defaults, **inputs}),
        "wplus": node("ProbeDigest", value=["start", 0]),
        "error": node("PreviewAny", source=["start", 3]),
        "report": node("ProbeText", text=["start", 4]),
    }


def outcome(run):
    """Digest of W+, reconstruction error, report."""
    assert run.ended == "success", run.error
    bits = json.loads(run.outputs["wplus"]["found"][0])["bits"]
    error = float(run.outputs["error"]["text"][0])
    return bits, error, json.loads(run.outputs["report"]["text"][0])


class TestWays:
    def test_refinement_comes_closer(self, host):
        _, plain, _ = outcome(host.run(inverting()))
        _, refined, report = outcome(host.run(inverting(refine_steps=30)))
        assert refined < plain
        assert report["reconstruction_error"] == [pytest.approx(refined, abs=1e-5)]

    def test_without_an_encoder_from_the_mean_figure(self, host):
        _, few, _ = outcome(host.run(inverting(encoder=False, refine_steps=1)))
        _, more, _ = outcome(host.run(inverting(encoder=False, refine_steps=40)))
        assert more < few

    def test_without_an_encoder_and_steps_there_is_nothing(self, host):
        run = host.run(inverting(encoder=False))
        assert run.ended == "error"
        assert "set refine_steps to a few hundred" in run.error["exception_message"]

    def test_pivotal_tuning_returns_a_generator_that_draws_the_photo_better(self, host):
        _, plain, _ = outcome(host.run(inverting()))
        graph = inverting(tune_steps=40)
        graph["again"] = node("FICEGenerate", generator=["start", 2], wplus=["start", 0])
        graph["drawn"] = node("ProbeDigest", value=["again", 0])
        graph["shown"] = node("ProbeDigest", value=["start", 1])
        run = host.run(graph)
        _, tuned, report = outcome(run)
        assert tuned < plain
        digests = [json.loads(run.outputs[n]["found"][0])["bits"] for n in ("drawn", "shown")]
        assert digests[0] == digests[1]
        others = outcome(host.run(inverting()))[2]
        assert report["generator"] != others["generator"]

    def test_the_tuned_generator_can_be_edited(self, host):
        graph = stages(seed=60)
        graph["start"]["inputs"]["tune_steps"] = 3
        graph["inversion"]["inputs"]["generator"] = ["start", 2]
        run = host.run(graph)
        assert run.ended == "success", run.error
        graph["inversion"]["inputs"]["generator"] = ["models", 0]  # the one that was not tuned
        run = host.run(graph)
        assert run.ended == "error"
        assert "made with another generator" in run.error["exception_message"]

    def test_tuning_takes_one_photo(self, host):
        run = host.run(inverting(probe_image(batch=2), tune_steps=1))
        assert run.ended == "error"
        assert "Get Image from Batch" in run.error["exception_message"]


class TestSeenBefore:
    def test_another_workflow_finds_the_same_w_plus(self, host):
        first = inverting(probe_image(64), refine_steps=21)
        bits, _, report = outcome(host.run(first))
        assert report["cached"] == [False]
        host.free(free_memory=True, unload_models=True)
        again, _, report = outcome(host.run(inverting(probe_image(64), refine_steps=21)))
        assert report["cached"] == [True]
        assert again == bits

    @pytest.mark.parametrize("change", [{"refine_steps": 23}, {"model_set": "other"}])
    def test_other_numbers_or_generator(self, host, change):
        outcome(host.run(inverting(refine_steps=22)))
        _, _, report = outcome(host.run(inverting(**{"refine_steps": 22, **change})))
        assert report["cached"] == [False]

    def test_one_of_a_batch(self, host):
        outcome(host.run(inverting(refine_steps=24)))
        _, _, report = outcome(host.run(inverting(probe_image(batch=2), refine_steps=24)))
        assert report["cached"] == [True, False]


class TestFit:
    def test_a_demo_figure_fits_and_a_pattern_does_not(self, host):
        figure = node("LoadImage", image="fice_demo_photo.png")
        pattern = probe_image(128)
        fits, strange = (
            outcome(host.run(inverting(one, "demo (built in)")))[2] for one in (figure, pattern)
        )
        assert fits["warning"] == ""
        assert "does not fit the generator" in strange["warning"]
        assert strange["unexplained"][0] > 0.35 > fits["unexplained"][0]

    def test_of_other_generators_nothing_is_said(self, host):
        report = outcome(host.run(inverting(probe_image())))[2]
        assert report["unexplained"][0] > 0.35
        assert report["warning"] == ""
