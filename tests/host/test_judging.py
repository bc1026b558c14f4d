"""Edit Report: figures of edits whose changes are known, and its page."""

from __future__ import annotations

import json

import graphs
import numpy as np
import pytest
from graphs import node, stages

pytestmark = pytest.mark.host


def judged(host, before, after, **links):
    """A report on two pictures."""
    graph = {
        "models": graphs.models(),
        "before": node("LoadImage", image=host.put_input("before.png", before)),
        "after": node("LoadImage", image=host.put_input("after.png", after)),
        "judge": node(
            "FICEEditReport",
            original=["before", 0],
            edited=["after", 0],
            text=graphs.TEXT,
            source_text="a person",
            **links,
        ),
        "report": node("ProbeText", text=["judge", 0]),
        "page": node("SaveImage", images=["judge", 1], filename_prefix="page"),
    }
    if "mask" in links:
        half = np.zeros((64, 64, 3), np.uint8)
        half[:, :32] = 255
        name = host.put_input("half.png", half)
        graph["mask"] = node("LoadImageMask", image=name, channel="red")
    return graph


def report_of(run):
    assert run.ended == "success", run.error
    return json.loads(run.outputs["report"]["text"][0])


@pytest.fixture(scope="module")
def pictures():
    """A picture, and the same with a brighter left half."""
    before = np.random.default_rng(0).integers(0, 200, (64, 64, 3), dtype=np.uint8)
    after = before.copy()
    after[:, :32] += 51
    return before, after


class TestFigures:
    def test_without_any_network(self, host, pictures):
        report = report_of(host.run(judged(host, *pictures)))
        assert set(report) == {"text"}

    def test_a_change_inside_and_outside_the_mask(self, host, pictures):
        before, after = pictures
        inside = report_of(host.run(judged(host, before, after, mask=["mask", 0])))
        assert inside["max_change_outside"] == [0.0]
        assert inside["changed_share"] == [0.5]
        beyond = after.copy()
        beyond[5, 60] += 26
        outside = report_of(host.run(judged(host, before, beyond, mask=["mask", 0])))
        assert outside["max_change_outside"] == [pytest.approx(26 / 255, abs=1e-6)]

    def test_every_judge(self, host, pictures):
        links = {"clip": ["models", 2], "held_out": ["models", 2], "densepose": ["models", 3]}
        links |= {"segmenter": ["models", 4], "reconstruction": ["after", 0]}
        run = host.run(judged(host, *pictures, **links))
        report = report_of(run)
        assert report["clip_after"] == report["held_out_after"]
        assert report["clip_after"] != report["clip_before"]
        assert -1 <= report["clip_direction"][0] <= 1
        assert 0 <= report["pose_overlap"][0] <= 1
        assert 0 <= report["head_change"][0] <= report["head_change_most"][0]
        assert report["reconstruction_error"] == [pytest.approx(0.1, abs=1e-4)]
        page = host.image(run.outputs["page"]["images"][0])
        assert page.shape[1:] == (1240, 3)

    def test_of_two_sizes(self, host, pictures):
        before, after = pictures
        run = host.run(judged(host, before, after[:32]))
        assert run.ended == "error"
        assert "two pictures of one size" in run.error["exception_message"]


class TestAfterAnEdit:
    def test_all_that_the_stages_can_tell(self, host):
        graph = stages(seed=70)
        graph["judge"] = node(
            "FICEEditReport",
            original=["photo", 0],
            edited=["stitch", 0],
            text=graphs.TEXT,
            source_text="a person",
            mask=["stitch", 1],
            clip=["models", 2],
            reconstruction=["start", 1],
            loss_plot=["inversion", 2],
            run_report=["inversion", 3],
        )
        graph["report"] = node("ProbeText", text=["judge", 0])
        report = report_of(host.run(graph))
        assert report["run"]["images"][0]["seed"] == 70
        assert report["seconds"] == [report["run"]["images"][0]["seconds"]]
        assert report["max_change_outside"] == [0.0]
