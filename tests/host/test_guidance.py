"""Guides, early stops and Cancel of CLIP-Guided Inversion, and the grid of edits."""

from __future__ import annotations

import json

import graphs
import pytest
import torch
from graphs import node, probe_image, stages

from fice.pipeline.precision import has_bfloat16
from tools.host.comfy_host import PromptRejectedError

pytestmark = pytest.mark.host


def report_of(run):
    (item,) = json.loads(run.outputs["report"]["text"][0])["images"]
    return item


def digest_of(run, name="generated"):
    return json.loads(run.outputs[name]["found"][0])


def guided(**nodes):
    """The stages with a chain of guides in the order of `nodes`."""
    graph = stages(seed=3)
    last = None
    for name, one in nodes.items():
        if last is not None:
            one["inputs"]["guidance"] = [last, 0]
        graph[name] = one
        last = name
    graph["inversion"]["inputs"]["guidance"] = [last, 0]
    return graph


def text_guide(text="a blue shirt", move="towards it", weight=1.0, **links):
    return node("FICETextGuide", text=text, move=move, weight=weight, **links)


class TestGuides:
    def test_all_kinds_chain(self, host):
        graph = guided(
            one=text_guide(),
            two=text_guide("a green shirt", weight=0.5),
            three=text_guide("striped", "away from it"),
            four=node(
                "FICEDirectionGuide", source_text="a shirt", target_text="a red shirt", weight=1.0
            ),
            five=node("FICEPictureGuide", picture=["other", 0], weight=1.0),
        )
        graph["other"] = probe_image(80, batch=2)
        run = host.run(graph)
        assert run.ended == "success", run.error
        assert {
            "text guide",
            "text guide 2",
            "not text guide",
            "direction guide",
            "picture guide",
        } <= set(report_of(run)["losses"])

    def test_they_change_the_result(self, host):
        plain, more = host.run(stages(seed=3)), host.run(guided(one=text_guide(weight=5.0)))
        assert digest_of(plain)["bits"] != digest_of(more)["bits"]

    def test_weight_zero_changes_nothing(self, host):
        plain, none = host.run(stages(seed=3)), host.run(guided(one=text_guide(weight=0.0)))
        assert digest_of(plain)["bits"] == digest_of(none)["bits"]

    def test_a_second_clip_judges_its_own(self, host):
        """Another model reads the same text differently."""
        graph = guided(one=text_guide(graphs.TEXT, clip=["second", 2]))
        graph["second"] = graphs.models("other")
        other, same = host.run(graph), host.run(guided(one=text_guide(graphs.TEXT)))
        assert other.ended == "success", other.error
        assert digest_of(other)["bits"] != digest_of(same)["bits"]

    def test_empty_text(self, host):
        assert "is empty" in host.run(guided(one=text_guide(" "))).error["exception_message"]

    def test_two_texts_alike(self, host):
        same = node("FICEDirectionGuide", source_text="a shirt", target_text="a shirt", weight=1.0)
        assert "no difference" in host.run(guided(one=same)).error["exception_message"]


class TestPrecision:
    @pytest.mark.parametrize("boxed", [False, True])
    def test_bfloat16_where_there_is_one(self, host, boxed):
        """Elsewhere the very same picture in float32; a box of the person is looked into too."""
        plain, lower = (host.run(in_precision(name, boxed)) for name in ("float32", "bfloat16"))
        assert plain.ended == lower.ended == "success", (plain.error, lower.error)
        used = "bfloat16" if has_bfloat16(torch.device("cpu")) else "float32"
        assert precision_of(plain) == "float32"
        assert precision_of(lower) == used
        same = digest_of(plain)["bits"] == digest_of(lower)["bits"]
        assert same == (used == "float32")


def in_precision(precision, boxed):
    graph = stages(seed=3, precision=precision)
    if boxed:
        graph["person"] = node("SolidMask", value=1.0, width=64, height=64)
        graph["pose"]["inputs"]["person"] = ["person", 0]
    return graph


def precision_of(run):
    return json.loads(run.outputs["report"]["text"][0])["precision"]


class TestStops:
    def test_patience(self, host):
        """With so small a learning rate nothing is gained."""
        still = {"learning_rate": 0.0001, "z_learning_rate": 0.0}
        run = host.run(stages(steps=400, patience=3, clip_views=0, **still))
        assert run.ended == "success", run.error
        assert report_of(run)["steps"] < 100

    def test_pose(self, host):
        """No generated picture of random networks has the pose of the photo."""
        run = host.run(stages(steps=50, least_pose_overlap=1.0))
        assert run.ended == "success", run.error
        assert report_of(run)["steps"] == 1
        assert report_of(run)["kept_step"] == 0


class TestKeepOnCancel:
    @pytest.mark.parametrize(
        "slow", [{"steps": 5000, "start_candidates": 0}, {"start_candidates": 4096}]
    )
    def test_goes_on_with_the_best_so_far(self, host, slow):
        """While Adam steps and while starts are tried."""
        graph = stages(seed=60, keep_on_cancel=True, **slow)
        with host.queued(graph) as (run, events):
            pressed = False
            for event in events:
                seen = event["type"] == "preview" and event["data"]["node_id"] == "inversion"
                if seen and not pressed:
                    host.interrupt()
                    pressed = True
        run = host.finish(run)
        assert run.ended == "success", run.error
        assert report_of(run)["cancelled"] is True
        assert report_of(run)["steps"] < 5000
        assert len(run.outputs["result"]["images"]) == 1

    def test_the_rest_of_a_batch_stays_as_it_was(self, host):
        graph = stages(probe_image(batch=3), seed=61, keep_on_cancel=True, steps=5000)
        with host.queued(graph) as (run, events):
            pressed = False
            for event in events:
                if event["type"] == "preview" and not pressed:
                    host.interrupt()
                    pressed = True
        run = host.finish(run)
        assert run.ended == "success", run.error
        items = json.loads(run.outputs["report"]["text"][0])["images"]
        assert [item["steps"] for item in items[1:]] == [1, 1]
        assert len(run.outputs["result"]["images"]) == 3


class TestEditGrid:
    def grid(self, **inputs):
        graph = stages(seed=3)
        for name in ("inversion", "stitch", "result", "report", "generated", "constraint"):
            del graph[name]
        links = {"generator": ["models", 0], "clip": ["models", 2], "start": ["start", 0]}
        widgets = {
            "texts": "a red dress\n\na blue shirt\na red dress",
            "strengths": "0, 0.5, 1",
            "seed": 0,
            "recipe": "tuned",
            "steps": 3,
        }
        seen = {"pose": ["pose", 0], "regions": ["regions", 0]}
        graph["grid"] = node("FICEEditGrid", **{**links, **seen, **widgets, **inputs})
        graph["sheet"] = node("SaveImage", images=["grid", 0], filename_prefix="sheet")
        graph["images"] = node("ProbeDigest", value=["grid", 1])
        graph["wplus"] = node("ProbeDigest", value=["grid", 2])
        graph["report"] = node("ProbeText", text=["grid", 3])
        return graph

    def test_a_row_per_text_a_column_per_strength(self, host):
        graph = self.grid()
        graph["first"] = node("ImageFromBatch", image=["grid", 1], batch_index=0, length=1)
        graph["fourth"] = node("ImageFromBatch", image=["grid", 1], batch_index=3, length=1)
        graph["last"] = node("ImageFromBatch", image=["grid", 1], batch_index=5, length=1)
        for name in ("first", "fourth", "last"):
            graph[f"{name}_seen"] = node("ProbeDigest", value=[name, 0])
        run = host.run(graph)
        assert run.ended == "success", run.error
        assert digest_of(run, "images")["shape"] == [6, 64, 64, 3]
        assert digest_of(run, "wplus")["shape"][0] == 2
        assert list(json.loads(run.outputs["report"]["text"][0])) == ["a red dress", "a blue shirt"]
        first, fourth, last = (
            digest_of(run, f"{name}_seen")["bits"] for name in ("first", "fourth", "last")
        )
        assert first == fourth  # strength 0 of both texts is the photo's own figure
        assert last != first
        sheet = host.image(run.outputs["sheet"]["images"][0])
        assert sheet.shape[1] > 4 * 192
        assert sheet.shape[0] > 2 * 192

    @pytest.mark.parametrize(
        ("wrong", "said"),
        [
            ({"texts": " \n"}, "has no text"),
            ({"strengths": "much"}, "no strengths"),
            ({"strengths": "nan"}, "no strengths"),
            ({"strengths": "9"}, "no strengths"),
        ],
    )
    def test_what_cannot_be(self, host, wrong, said):
        """Refused before the run."""
        with pytest.raises(PromptRejectedError, match=said):
            host.run(self.grid(**wrong))
