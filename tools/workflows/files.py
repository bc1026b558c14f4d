"""The workflow files, as the frontend saves them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from tools.host.browser import Frontend
from tools.host.comfy_host import PACK, PACK_NAME, ComfyHost
from tools.host.workflow_files import WORKFLOWS
from tools.workflows.graph import layout, to_api
from tools.workflows.page import PAGE
from tools.workflows.scene import Scene
from tools.workflows.scenes import chosen

HOST_VERSION = "0.33.0"
ARRANGE = Path(__file__).with_name("arrange.js").read_text(encoding="utf-8")


def build_files(host: ComfyHost, frontend: Frontend, match: str) -> None:
    """Writes the workflow files."""
    for name, make in chosen(match).items():
        write_saved(WORKFLOWS / f"{name}.json", arranged(make(), name, host, frontend))


def arranged(scene: Scene, name: str, host: ComfyHost, frontend: Frontend) -> dict[str, Any]:
    """Opens a scene in the frontend, lays it out, and returns what it would save."""
    frontend.vue_view(shown=True)
    frontend.load_api(to_api(scene, host), name)
    seen = frontend.heights()
    frontend.vue_view(shown=False)
    frontend.load_api(to_api(scene, host), name)
    arguments = [layout(scene, seen), PAGE, HOST_VERSION, pack_version(), PACK_NAME]
    return json.loads(frontend.page.evaluate(ARRANGE, arguments))


def pack_version() -> str:
    """The version of this pack."""
    project = (PACK / "pyproject.toml").read_text(encoding="utf-8")
    found = re.search(r'^version = "(.+)"', project, re.M)
    assert found
    return found[1]


def write_saved(path: Path, saved: dict[str, Any]) -> None:
    """Writes a graph without the id that the frontend draws anew each time."""
    content = {key: value for key, value in saved.items() if key != "id"}
    text = json.dumps(content, indent=1, ensure_ascii=False)
    path.write_text(text + "\n", encoding="utf-8")
