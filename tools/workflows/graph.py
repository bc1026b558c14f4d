"""A scene as the frontend takes it: a graph in API format, and a layout."""

from __future__ import annotations

from typing import Any

from tools.host.comfy_host import ComfyHost, Graph
from tools.workflows.model_addresses import addresses
from tools.workflows.page import AS_WRITTEN, COLOURS, room
from tools.workflows.scene import Form, Scene


def to_api(scene: Scene, host: ComfyHost) -> Graph:
    """The graph by number, each node with what its widgets show by themselves."""
    numbers = scene.numbers
    graph: Graph = {}
    for name, placed in scene.nodes.items():
        inputs = defaults(host, placed.kind)
        for key, value in placed.inputs.items():
            inputs[key] = [numbers[value[0]], value[1]] if isinstance(value, tuple) else value
        graph[numbers[name]] = {"class_type": placed.kind, "inputs": inputs}
    return graph


def defaults(host: ComfyHost, kind: str) -> dict[str, Any]:
    """What the widgets of a node show before somebody touches them."""
    groups = host.get(f"/object_info/{kind}")[kind]["input"]
    specs = {**groups.get("required", {}), **groups.get("optional", {})}
    known = {name: spec[1] for name, spec in specs.items() if len(spec) > 1}
    return {name: options["default"] for name, options in known.items() if "default" in options}


def layout(scene: Scene, seen: dict[str, int]) -> dict[str, Any]:
    """What `arrange.js` gives the graph besides nodes and links.

    Args:
        scene: the scene.
        seen: how tall each node is in the Vue view, by its number.
    """
    numbers = scene.numbers
    return {
        "nodes": {
            numbers[name]: {
                "at": placed.at,
                "size": placed.size,
                "title": placed.title,
                "models": addresses(placed),
                "room": room(placed),
                "as_written": placed.kind in AS_WRITTEN,
                "seen": seen.get(numbers[name], 0),
                "folded": name in scene.folded,
            }
            for name, placed in scene.nodes.items()
        },
        "note": scene.note,
        "note_at": scene.note_at,
        "captions": [caption and _caption(caption) for caption in scene.captions],
        "app": _linear(scene.form, numbers) if scene.form else None,
        "as_app": scene.as_form,
    }


def _caption(caption: str) -> tuple[str, str]:
    """`kind: words` as words and colour."""
    kind, _, words = caption.partition(": ")
    return words, COLOURS[kind]


def _linear(form: Form, numbers: dict[str, str]) -> dict[str, Any]:
    """The form view, as the frontend names it and its parts."""
    return {
        "inputs": [[int(numbers[node]), widget] for node, widget in form.widgets],
        "outputs": [int(numbers[node]) for node in form.results],
    }
