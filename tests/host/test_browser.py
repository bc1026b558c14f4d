"""The workflows as an artist meets them: in the real frontend, in Chromium."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tools.host.workflow_files import needs_weights, read_workflow, ui_to_api, workflow_files

browser = pytest.importorskip(
    "tools.host.browser", reason="playwright is not installed (extra `test`)"
)

pytestmark = [pytest.mark.host, pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def frontend(host):
    """The frontend, with its screenshots in `$FICE_SCREENSHOTS` if that is set."""
    if browser.find_browser() is None:
        pytest.skip(browser.HOW_TO_GET_A_BROWSER)
    with browser.open_frontend(host.url) as page:
        yield page


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
    seen = frontend.run()
    folder = Path(os.environ.get("FICE_SCREENSHOTS", tmp_path))
    frontend.screenshot(folder / f"{file.stem}.png")
    assert seen["execution_error"] == 0
    assert seen["execution_success"] == 1
    # Without an inversion, the refinement of Invert Image alone shows three.
    assert seen["b_preview"] > (3 if INVERSIONS & {n["type"] for n in workflow["nodes"]} else 2)
    assert frontend.toasts() == []
    assert frontend.problems == []


@pytest.mark.parametrize("path", WITH_OTHERS, ids=lambda path: path.stem)
def test_opens_without_the_weights_of_others(frontend, path):
    """They run in test_diffusion.py, with weights that the test makes."""
    workflow = read_workflow(path)
    frontend.load(workflow, path.stem)
    assert frontend.missing_nodes() == []
    assert frontend.prompt_inputs() == {k: v["inputs"] for k, v in ui_to_api(workflow).items()}
