"""The result of any editor, put back: a graph with a stand-in for the editor."""

from __future__ import annotations

import json

import numpy as np
import pytest
from graphs import node

from fice.base.images import read_image
from fice.lab.exact.measures import outside_change
from fice.lab.exact.pairs import make_pair
from fice.lab.exact.subjects import draw_subjects
from tools.host.comfy_host import PACK
from tools.host.workflow_files import LOADERS_OF_OTHERS, read_workflow, ui_to_api

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


INSTRUCTED = "FICE 18 - edit by instruction, made exact"


class TestTheTemplateOfAnInstructionEditor:
    @pytest.fixture
    def graph(self):
        return ui_to_api(read_workflow(PACK / "workflows" / f"{INSTRUCTED}.json"))

    def test_the_host_takes_its_wiring(self, host, graph):
        """All inputs fit, with files of the names that it asks for; only loading them fails."""
        asked = {
            "UNETLoader": ("unet_name", "diffusion_models"),
            "CLIPLoader": ("clip_name", "text_encoders"),
            "VAELoader": ("vae_name", "vae"),
        }
        files = []
        for one in graph.values():
            if one["class_type"] in asked:
                key, folder = asked[one["class_type"]]
                file = host.base / "models" / folder / one["inputs"][key]
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(b"")
                files.append(file)
        try:
            run = host.run(graph)
        finally:
            for file in files:
                file.unlink()
        assert run.ended == "error"
        assert run.error["node_type"] in LOADERS_OF_OTHERS

    def test_what_follows_an_editor_runs(self, host, graph):
        """A picture stands in for what the editor gives back."""
        (editor,) = (name for name, one in graph.items() if one["class_type"] == "VAEDecode")
        graph[editor] = node("LoadImage", image="fice_demo_foreign_edit.jpg")
        for name, one in list(graph.items()):
            if one["class_type"] in {*LOADERS_OF_OTHERS, "KSampler", "VAEEncode"} or (
                one["class_type"].startswith(("TextEncodeQwen", "ModelSampling", "FluxKontext"))
            ):
                del graph[name]
        (judge,) = (name for name, one in graph.items() if one["class_type"] == "FICEEditReport")
        (result,) = (name for name, one in graph.items() if one["class_type"] == "SaveImage")
        graph["judged"] = node("ProbeText", text=[judge, 0])
        run = host.run(graph)
        assert run.ended == "success", run.error
        report = json.loads(run.outputs["judged"]["text"][0])
        assert report["max_change_outside"] == [0.0]
        assert report["editor_confidence"][0] > 0.9
        picture = host.image(run.outputs[result]["images"][0])
        with_photo = np.asarray(picture).shape[:2]
        assert (
            with_photo
            == read_image(PACK / "workflows" / "assets" / "fice_demo_large_photo.jpg").shape[1:]
        )
