"""The edit as one node that can be opened: a subgraph among the blueprints of the host."""

from __future__ import annotations

import json
from pathlib import Path

from tools.host.browser import Frontend
from tools.host.comfy_host import PACK, PACK_NAME, ComfyHost
from tools.workflows.files import arranged, pack_version, write_saved
from tools.workflows.parts import inversion, look, photo, save, stitch
from tools.workflows.scene import Scene

NAME = "FICE edit"
AROUND = ("photo", "result")
# The frontend exposes the seed by itself.
EXPOSED = (("models", "model_set"), ("inversion", "text"), ("inversion", "negative_text"))
TO_BLUEPRINT = Path(__file__).with_name("to_blueprint.js").read_text(encoding="utf-8")


def build_blueprint(host: ComfyHost, frontend: Frontend, match: str) -> None:
    """Writes the subgraph that the host lists among its blueprints."""
    if match not in NAME:
        return
    scene = stages()
    arranged(scene, NAME, host, frontend)
    inner = [number for name, number in scene.numbers.items() if name not in AROUND]
    exposed = [[scene.numbers[name], widget] for name, widget in EXPOSED]
    arguments = [inner, exposed, NAME, PACK_NAME, pack_version()]
    saved = json.loads(frontend.page.evaluate(TO_BLUEPRINT, arguments))
    write_saved(PACK / "subgraphs" / f"{NAME}.json", saved)


def stages() -> Scene:
    """The stages of an edit around a photo, to become one node that can be opened."""
    nodes = {
        "photo": photo((-400, 0)),
        **look(),
        "inversion": inversion((720, 0), "a green dress with long sleeves"),
        "stitch": stitch((1120, 0)),
        "result": save(("stitch", 0), (1520, 0)),
    }
    return Scene(nodes, "", (0, 0, 0, 0), "result")
