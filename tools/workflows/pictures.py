"""The thumbnail of each workflow, and a screenshot of it after a run."""

from __future__ import annotations

import io
import re
from typing import Any

from PIL import Image, ImageOps

from tools.host.browser import Frontend
from tools.host.comfy_host import PACK, ComfyHost, Graph, Run
from tools.host.workflow_files import WORKFLOWS, read_workflow, ui_to_api
from tools.workflows.parts import photo
from tools.workflows.scene import Scene
from tools.workflows.scenes import chosen

THUMBNAIL = (400, 400)
SCREENSHOTS = PACK / "docs" / "pictures"


def build_pictures(host: ComfyHost, frontend: Frontend, match: str) -> None:
    """Runs each workflow, and takes its thumbnail and a screenshot."""
    for name, make in chosen(match).items():
        scene = make()
        workflow = read_workflow(WORKFLOWS / f"{name}.json")
        thumbnail(name, scene, workflow, host).save(WORKFLOWS / f"{name}.jpg", quality=88)
        if scene.needs_weights:
            continue
        host.free(free_memory=True, unload_models=True)  # so that the previews appear
        frontend.load(workflow, name)
        frontend.run()
        frontend.screenshot(SCREENSHOTS / f"{slug(name)}.jpg")


def slug(name: str) -> str:
    """The name of a workflow as one word."""
    words = re.sub(r"^FICE \d+ - ", "", name).lower()
    return words.replace(" ", "-").replace(",", "").replace("+", "plus")


def thumbnail(name: str, scene: Scene, workflow: dict[str, Any], host: ComfyHost) -> Image.Image:
    """Runs the workflow for its two pictures."""
    graph = ui_to_api(workflow)
    run = host.run(without_weights(graph, scene) if scene.needs_weights else graph)
    if run.ended != "success":
        raise RuntimeError(f"{name}: {run.error}")
    after = first_picture(host, run, scene.numbers[scene.result])
    return halves(left_half(host, run, scene), after)


def without_weights(graph: Graph, scene: Scene) -> Graph:
    """What of the scene runs with the demo models alone: the nodes before its two pictures."""
    stands_in = {
        scene.numbers[name]: {"class_type": placed.kind, "inputs": placed.inputs}
        for name, placed in scene.stands_in.items()
    }
    ends = [scene.numbers[name] for name in (scene.result, scene.before) if name]
    return {key: one for end in ends for key, one in upstream({**graph, **stands_in}, end).items()}


def upstream(graph: Graph, node: str) -> Graph:
    """The part of a graph that `node` depends on, and itself."""
    found = {node: graph[node]}
    for value in graph[node]["inputs"].values():
        if isinstance(value, list):
            found |= upstream(graph, value[0])
    return found


def left_half(host: ComfyHost, run: Run, scene: Scene) -> Image.Image:
    """The picture before the edit: what a node shows, or the file that it loads."""
    node = scene.nodes[scene.before] if scene.before else photo((0, 0))
    if node.kind == "LoadImage":  # shows nothing by itself
        return Image.open(WORKFLOWS / "assets" / str(node.inputs["image"])).convert("RGB")
    return first_picture(host, run, scene.numbers[scene.before])


def first_picture(host: ComfyHost, run: Run, node: str) -> Image.Image:
    """What a node shows."""
    return Image.open(io.BytesIO(host.file(run.outputs[node]["images"][0]))).convert("RGB")


def halves(before: Image.Image, after: Image.Image) -> Image.Image:
    """Both pictures side by side, each cut to half of the thumbnail."""
    width, height = THUMBNAIL
    canvas = Image.new("RGB", THUMBNAIL, "white")
    for left, picture in ((0, before), (width // 2, after)):
        fitted = ImageOps.fit(picture, (width // 2, height), Image.Resampling.LANCZOS)
        canvas.paste(fitted, (left, 0))
    return canvas
