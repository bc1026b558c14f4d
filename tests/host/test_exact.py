"""The result of any editor, put back: a graph with a stand-in for the editor."""

from __future__ import annotations

import json

import pytest
from graphs import node

from fice.base.images import read_image
from fice.lab.exact.measures import outside_change
from fice.lab.exact.pairs import make_pair
from fice.lab.exact.subjects import draw_subjects

pytestmark = pytest.mark.host


@pytest.fixture(scope="module")
def pair():
    figures = draw_subjects(2, first=50)
    return make_pair(figures[0], "drawn", 3, figures)


def graph(host, pair, **take):
    """Photo, what stands in for an editor, and the three nodes."""
    put = {name: host.put_input(f"{name}.png", getattr(pair, name)) for name in ("photo", "edited")}
    on_photo = {"original": ["photo", 0], "aligned": ["align", 0], "shown": ["align", 1]}
    return {
        "photo": node("LoadImage", image=put["photo"]),
        "editor": node("LoadImage", image=put["edited"]),
        "align": node(
            "FICEAlignToPhoto",
            original=["photo", 0],
            edited=["editor", 0],
            local_warp=False,
            one_for_all=False,
            when_unsure="stop",
        ),
        "take": node(
            "FICETakeClothes",
            **on_photo,
            colour="global",
            grow=-1,
            feather=-1,
            seam="colour match",
            **take,
        ),
        "colour": node("FICEColourToPhoto", **on_photo, model="local, smooth"),
        "result": node("SaveImage", images=["take", 0], filename_prefix="exact"),
        "whole": node("SaveImage", images=["colour", 0], filename_prefix="whole"),
        "report": node("ProbeText", text=["align", 8]),
        "outside": node("PreviewAny", source=["take", 2]),
        "judge": node(
            "FICEEditReport",
            original=["photo", 0],
            edited=["take", 0],
            mask=["take", 1],
            aligned=["align", 0],
            alignment=["align", 8],
            text="",
            source_text="",
        ),
        "judged": node("ProbeText", text=["judge", 0]),
    }


def test_editor_align_take(host, pair, tmp_path):
    run = host.run(graph(host, pair))
    assert run.ended == "success", run.error
    (figures,) = json.loads(run.outputs["report"]["text"][0])["images"]
    true = pair.transform.figures
    assert figures["zoom"] == pytest.approx(true["zoom"], abs=2e-3)
    assert figures["rotation"] == pytest.approx(true["rotation"], abs=0.1)
    assert run.outputs["outside"]["text"] == ["0.0"]
    judged = json.loads(run.outputs["judged"]["text"][0])
    assert judged["editor_zoom"] == [pytest.approx(true["zoom"], abs=2e-3)]
    assert judged["editor_cast"][0] > 1.0 > judged["editor_cast_left"][0]
    assert judged["outside_changed_before"][0] > 0.2 * judged["outside_pixels"][0]
    assert judged["outside_changed_after"] == [0]
    file = tmp_path / "result.png"
    file.write_bytes(host.file(run.outputs["result"]["images"][0]))
    assert outside_change(pair, read_image(file)[None]) < 2.0


def test_refusals_before_the_editor_runs(host, pair):
    """A mask that selects nothing is refused, and the editor has not run."""
    wired = graph(host, pair)
    wired["empty"] = node("SolidMask", value=0.0, width=64, height=64)
    wired["align"]["inputs"]["mask"] = ["empty", 0]
    run = host.run(wired)
    assert run.ended == "error"
    assert "selects nothing" in run.error["exception_message"]
    assert "editor" not in run.executed


def test_an_unsure_alignment_stops_where_that_is_wanted(host, pair):
    wired = graph(host, pair)
    wired["editor"] = node("ProbeImage", width=600, height=900, channels=3, batch=1)
    run = host.run(wired)
    assert run.ended == "error"
    assert "could not be laid on the photo reliably" in run.error["exception_message"]


def test_another_size_names_align_to_photo(host, pair):
    wired = graph(host, pair)
    for name in ("take", "colour"):
        wired[name]["inputs"]["aligned"] = ["editor", 0]
    wired["editor"] = node("ProbeImage", width=600, height=900, channels=3, batch=1)
    wired["align"]["inputs"]["when_unsure"] = "go on and say so"
    run = host.run(wired)
    assert run.ended == "error"
    assert "put 'Align to Photo' before it" in run.error["exception_message"]
