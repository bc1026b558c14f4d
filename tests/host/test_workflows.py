"""Every shipped workflow runs as it is, and says all that a stranger needs to open it."""

from __future__ import annotations

import json
import re

import pytest

from tools.host.comfy_host import PACK, PACK_NAME
from tools.host.workflow_files import needs_weights, read_workflow, ui_to_api, workflow_files

pytestmark = pytest.mark.host

VERSION = re.search(r'^version = "(.+)"', (PACK / "pyproject.toml").read_text(), re.M)[1]
SILENT = "FICEInversionSettings"  # in the template that turns previews off
WITHOUT_STEPS = "FICEAlignToPhoto"  # where nothing is generated, there is nothing to preview
PERSONAL = re.compile(r"(/home/|/root/|/Users/|[A-Z]:\\\\)")


@pytest.fixture(params=workflow_files(), ids=lambda path: path.stem)
def file(request):
    return request.param


@pytest.mark.slow
@pytest.mark.parametrize(
    "file",
    [path for path in workflow_files() if not needs_weights(path)],  # those: test_diffusion.py
    ids=lambda path: path.stem,
)
def test_runs(host, file):
    host.free(free_memory=True, unload_models=True)  # else results of the same graph are shown
    run = host.run(ui_to_api(read_workflow(file)))
    assert run.ended == "success", run.error
    kinds = {node["type"] for node in read_workflow(file)["nodes"]}
    assert run.previews or {SILENT, WITHOUT_STEPS} & kinds


class TestSharing:
    def test_is_what_the_frontend_saves(self, file):
        assert read_workflow(file)["version"] == 0.4

    def test_nodes_name_their_pack(self, file):
        for node in read_workflow(file)["nodes"]:
            ours = node["type"].startswith("FICE")
            assert node["properties"]["cnr_id"] == (PACK_NAME if ours else "comfy-core")
            if ours:
                assert node["properties"]["ver"] == VERSION

    def test_nothing_personal(self, file):
        assert not PERSONAL.search(file.read_text(encoding="utf-8"))

    def test_seeds_are_fixed(self, file):
        for node in read_workflow(file)["nodes"]:
            assert "randomize" not in (node.get("widgets_values") or [])

    def test_photo_is_there_after_a_fresh_start(self, host, file):
        photos = {
            node["widgets_values"][0]
            for node in read_workflow(file)["nodes"]
            if node["type"] == "LoadImage"
        }
        assert all((host.base / "input" / photo).is_file() for photo in photos)

    def test_result_carries_the_workflow(self, host):
        """A saved PNG that is dropped onto the canvas opens the graph."""
        from io import BytesIO

        import graphs
        from PIL import Image

        workflow = read_workflow(workflow_files()[0])
        run = host.run(graphs.stages(), workflow)
        saved = Image.open(BytesIO(host.file(run.outputs["result"]["images"][0])))
        assert json.loads(saved.info["workflow"]) == workflow
        assert "FICEStitch" in saved.info["prompt"]


class TestTemplates:
    def test_listed(self, host):
        names = host.get("/workflow_templates")[PACK_NAME]
        assert sorted(names) == sorted(path.stem for path in workflow_files())

    def test_thumbnails(self, file):
        assert file.with_suffix(".jpg").is_file()

    def test_every_node_is_used(self, host):
        used = {node["type"] for path in workflow_files() for node in read_workflow(path)["nodes"]}
        ours = {name for name in host.get("/object_info") if name.startswith("FICE")}
        assert ours <= used
