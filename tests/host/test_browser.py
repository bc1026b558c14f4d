"""The workflows as an artist meets them: in the real frontend, in Chromium."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tools.host.workflow_files import needs_weights, read_workflow, ui_to_api, workflow_files
from tools.workflows.model_addresses import PHOTOS

browser = pytest.importorskip(
    "tools.host.browser", reason="playwright is not installed (extra `test`)"
)

pytestmark = [pytest.mark.host, pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def frontend(host):
    """The frontend, with its screenshots in `$FICE_SCREENSHOTS` if that is set."""
    if browser.find_browser() is None:
        pytest.skip(browser.HOW_TO_GET_A_BROWSER)
    from tools.workflows.quicker import run_quicker

    with browser.open_frontend(host.url) as page:
        run_quicker(host, page, steps=3, candidates=4, preview_every=1)  # all: test_workflows.py
        yield page


LEAST_ZOOM = 0.8
SILENT = "FICEInversionSettings"  # in the template that turns previews off
DRAWS_NOTHING = {"FICEAlignToPhoto"}  # in the template without a generator
PHRASES = (
    *("dress", "change dress", "clothes", "change clothes", "swap clothes", "replace clothes"),
    *("edit clothes", "clothes swap", "inpaint clothes", "clothing", "garment", "change garment"),
    *("text to garment", "outfit", "change outfit", "wardrobe", "apparel", "fashion"),
    *("try on", "virtual try-on"),
)
INVERSIONS = {"FICEClipGuidedInversion", "FICEEdit", "FICEEditGrid"}
ALONE = [path for path in workflow_files() if not needs_weights(path)]
WITH_OTHERS = [path for path in workflow_files() if needs_weights(path)]


@pytest.fixture(params=ALONE, ids=lambda path: path.stem)
def file(request):
    return request.param


def test_opens_runs_and_shows_previews(frontend, host, file, tmp_path):
    host.free(free_memory=True, unload_models=True)  # else another test's results are shown
    workflow = read_workflow(file)
    frontend.load(workflow, file.stem)
    assert frontend.missing_nodes() == []
    assert frontend.prompt_inputs() == {k: v["inputs"] for k, v in ui_to_api(workflow).items()}
    check_page(frontend, workflow, vue=False)
    seen = frontend.run()
    check_overlap(frontend, vue=False)
    assert frontend.cut_words() == []
    folder = Path(os.environ.get("FICE_SCREENSHOTS", tmp_path))
    frontend.screenshot(folder / f"{file.stem}.png")
    assert seen["execution_error"] == 0
    assert seen["execution_success"] == 1
    kinds = {node["type"] for node in workflow["nodes"]}
    if SILENT not in kinds and not kinds & DRAWS_NOTHING:
        # Without an inversion, what nodes draw at the end is all that shows.
        assert seen["b_preview"] > (3 if INVERSIONS & kinds else 2)
    assert frontend.toasts() == []
    assert frontend.problems == []


@pytest.mark.parametrize("path", WITH_OTHERS, ids=lambda path: path.stem)
def test_opens_without_the_weights_of_others(frontend, path):
    """They run in test_diffusion.py, with weights that the test makes."""
    workflow = read_workflow(path)
    frontend.load(workflow, path.stem)
    assert frontend.missing_nodes() == []
    assert frontend.prompt_inputs() == {k: v["inputs"] for k, v in ui_to_api(workflow).items()}
    check_page(frontend, workflow, vue=False)


UNKNOWN_TO_THE_FRONTEND = ".pkl"  # what ends so is a widget's text to it, not the name of a model


def test_missing_files_are_listed_with_their_addresses(frontend, tmp_path):
    """The set for photos: the dialog has what the frontend takes for models, the note has all."""
    workflow = read_workflow(
        next(path for path in WITH_OTHERS if "a photo of a person" in path.stem)
    )
    frontend.load(workflow, "photos")
    known = [one for one in PHOTOS if not one.name.endswith(UNKNOWN_TO_THE_FRONTEND)]
    wanted = {(one.name, one.directory, one.url) for one in known}
    assert set(frontend.missing_models()) == wanted
    folder = Path(os.environ.get("FICE_SCREENSHOTS", tmp_path))
    words, downloads = frontend.what_is_missing(folder / "missing files.png")
    assert all(one.name in words and one.directory in words for one in known)
    assert downloads == sum(one.url.startswith("https://huggingface.co/") for one in known)
    (note,) = (n["widgets_values"][0] for n in workflow["nodes"] if n["type"] == "MarkdownNote")
    assert all(f"[{one.name}]({one.url})" in note for one in PHOTOS)
    assert "fice models get photos" in note


def check_page(frontend, workflow, *, vue):
    """A graph opens on one page, its titles can be read, and no node covers another."""
    if workflow["extra"].get("linearMode"):
        return  # opens as a form
    assert frontend.zoom() >= LEAST_ZOOM
    left, top, width, height = frontend.window()
    for name, (x, y, w, h) in frontend.boxes(vue=vue).items():
        assert left <= x, name
        assert top <= y, name
        assert x + w <= left + width, name
        assert y + h <= top + height, name
    check_overlap(frontend, vue=vue)


def check_overlap(frontend, *, vue):
    """No node covers another; a pixel is rounding."""
    boxes = list(frontend.boxes(vue=vue).items())
    for index, (name, (x, y, w, h)) in enumerate(boxes):
        for other, (x2, y2, w2, h2) in boxes[index + 1 :]:
            across = min(x + w, x2 + w2) - max(x, x2)
            down = min(y + h, y2 + h2) - max(y, y2)
            assert min(across, down) <= 1, (name, other, across, down)


def test_a_workflow_of_before_inversion_settings(frontend):
    """Its widgets were saved by position alone, as older frontends did; all are still there."""
    workflow = read_workflow(Path(__file__).parent / "data" / "saved-2026-11-27.json")
    frontend.load(workflow, "saved before")
    (inversion,) = (n for n in workflow["nodes"] if n["type"] == "FICEClipGuidedInversion")
    saved = [value for value in inversion["widgets_values"] if value != "fixed"]
    inputs = frontend.prompt_inputs()[str(inversion["id"])]
    widgets = [value for value in inputs.values() if not isinstance(value, list)]
    assert widgets == [*saved, "tuned", 1.0, *("as the recipe says",) * 2]
    assert (inputs["steps"], inputs["lock_pose"], inputs["anyway"]) == (17, True, True)


@pytest.mark.parametrize("phrase", PHRASES)
def test_the_search_finds_fice_edit(frontend, phrase):
    assert "FICE Edit" in frontend.found(phrase)[:3]


@pytest.fixture(scope="module")
def vue(frontend):
    """The frontend in its other view; the last tests of this file share it."""
    frontend.vue_view(shown=True)
    yield frontend
    frontend.vue_view(shown=False)


@pytest.mark.parametrize("path", workflow_files(), ids=lambda path: path.stem)
def test_in_the_vue_view(vue, host, path):
    workflow = read_workflow(path)
    vue.load(workflow, path.stem)
    check_page(vue, workflow, vue=True)
    if path in WITH_OTHERS or workflow["extra"].get("linearMode"):
        return
    host.free(free_memory=True, unload_models=True)
    assert vue.run()["execution_success"] == 1
    check_overlap(vue, vue=True)
    assert vue.cut_words() == []
