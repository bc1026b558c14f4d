"""The workflow files that the pack ships."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tools.host.comfy_host import PACK, Graph

WORKFLOWS = PACK / "workflows"
NOTES = {"MarkdownNote", "Note"}
LOADERS_OF_OTHERS = {
    *("CheckpointLoaderSimple", "ControlNetLoader", "UNETLoader", "CLIPLoader", "VAELoader"),
}
ONLY_IN_THE_FRONTEND = {"control_after_generate", "upload"}


def workflow_files() -> list[Path]:
    """All of them."""
    return sorted(WORKFLOWS.glob("*.json"))


def read_workflow(path: Path) -> dict[str, Any]:
    """One of them, UI format."""
    return json.loads(path.read_text(encoding="utf-8"))


def needs_weights(path: Path) -> bool:
    """Whether it loads networks that neither the pack nor the host brings."""
    return any(node["properties"].get("models") for node in read_workflow(path)["nodes"])


def ui_to_api(workflow: dict[str, Any]) -> Graph:
    """The API format of a workflow without subgraphs, as the frontend would queue it."""
    source = {link[0]: [str(link[1]), link[2]] for link in workflow["links"]}
    graph: Graph = {}
    for node in workflow["nodes"]:
        if node["type"] in NOTES:
            continue
        named = node.get("widgets_values_named", {})
        inputs = {k: v for k, v in named.items() if k not in ONLY_IN_THE_FRONTEND}
        linked = {i["name"]: source[i["link"]] for i in node.get("inputs", []) if i.get("link")}
        graph[str(node["id"])] = {"class_type": node["type"], "inputs": {**inputs, **linked}}
    return graph
