"""Each template as it opens and after a run, in both views of the frontend: `docs/views.md`."""

from __future__ import annotations

import io
import os
import time
from pathlib import Path
from typing import Any

from PIL import Image

from tools.host.browser import Frontend
from tools.host.comfy_host import PACK, ComfyHost
from tools.host.workflow_files import WORKFLOWS, read_workflow
from tools.workflows.pictures import slug
from tools.workflows.quicker import run_quicker
from tools.workflows.scene import Placed, Scene
from tools.workflows.scenes import SCENES, chosen

VIEWS = PACK / "docs" / "views"
PAGE = PACK / "docs" / "views.md"
SEEN = {"x": 0, "y": 36, "width": 1600, "height": 964}  # of the window, without its tabs
SHEET = (1600, 964)
SETTLED = 3  # seconds after which pictures are loaded and what tells of the run is gone
QUALITY = 42
STANDS_IN = Path(__file__).with_name("stands_in.js").read_text(encoding="utf-8")
STEPS, CANDIDATES = 12, 24
HEAD = """# Every template, before and after a run

Each sheet shows one template in the window of a common laptop, 1600 by 1000 pixels: as it opens
(left) and after a run with the demo models (right), in the classic view (top) and in *Nodes 2.0*
(bottom). Where a template needs files of others, something simple stands in for what they would
make, and its title says so; that such graphs run is tested with random weights. So that all of them
take minutes and not hours, inversions make 12 steps here: what the templates make is in the
[gallery](gallery.md). Written, like this page, by `python -m tools.workflows --only views`.
"""


def build_views(host: ComfyHost, frontend: Frontend, match: str) -> None:
    """Takes four pictures of each workflow; large to `$FICE_SCREENSHOTS` as well, if it is set."""
    VIEWS.mkdir(exist_ok=True)
    run_quicker(host, frontend, steps=STEPS, candidates=CANDIDATES)
    for name, make in chosen(match).items():
        seen = [
            one
            for vue in (False, True)
            for one in before_and_after(name, make(), host, frontend, vue=vue)
        ]
        keep_large(name, seen)
        sheet(seen).save(VIEWS / f"{slug(name)}.webp", quality=QUALITY, method=6)
    PAGE.write_text(page(), encoding="utf-8")


def before_and_after(
    name: str, scene: Scene, host: ComfyHost, frontend: Frontend, *, vue: bool
) -> list[Image.Image]:
    """A workflow as it opens, and after a run."""
    frontend.vue_view(shown=vue)
    host.free(free_memory=True, unload_models=True)  # so that the previews appear
    frontend.load(read_workflow(WORKFLOWS / f"{name}.json"), name)
    before = picture(frontend)
    put_stand_ins(scene, frontend)
    seen = frontend.run()
    if not seen["execution_success"]:
        raise RuntimeError(f"{name}: {frontend.toasts()}")
    time.sleep(SETTLED)
    after = picture(frontend)
    frontend.vue_view(shown=False)
    return [before, after]


def put_stand_ins(scene: Scene, frontend: Frontend) -> None:
    """Replaces the nodes that have to wait for the files of others."""
    numbers = scene.numbers
    stands_in = {
        numbers[name]: as_given(placed, numbers) for name, placed in scene.stands_in.items()
    }
    if stands_in:
        frontend.page.evaluate(STANDS_IN, stands_in)


def as_given(placed: Placed, numbers: dict[str, str]) -> dict[str, Any]:
    """A node as `stands_in.js` takes it."""
    links = {k: (numbers[v[0]], v[1]) for k, v in placed.inputs.items() if isinstance(v, tuple)}
    widgets = {k: v for k, v in placed.inputs.items() if not isinstance(v, tuple)}
    return {"kind": placed.kind, "links": links, "widgets": widgets}


def picture(frontend: Frontend) -> Image.Image:
    """The page."""
    return Image.open(io.BytesIO(frontend.page.screenshot(clip=SEEN))).convert("RGB")


def sheet(seen: list[Image.Image]) -> Image.Image:
    """Four pictures as two rows of two."""
    width, height = SHEET[0] // 2, SHEET[1] // 2
    canvas = Image.new("RGB", SHEET)
    for index, one in enumerate(seen):
        small = one.resize((width, height), Image.Resampling.LANCZOS)
        canvas.paste(small, (index % 2 * width, index // 2 * height))
    return canvas


def keep_large(name: str, seen: list[Image.Image]) -> None:
    """Writes the pictures at full size to `$FICE_SCREENSHOTS`, if that is set."""
    folder = os.environ.get("FICE_SCREENSHOTS")
    if folder:
        for kind, one in zip(("1 opened", "2 run", "3 vue opened", "4 vue run"), seen, strict=True):
            one.save(Path(folder) / f"{name} {kind}.png")


def page() -> str:
    """The page as Markdown."""
    entries = (f"## {name}\n\n![{name}](views/{slug(name)}.webp)\n" for name in SCENES)
    return "\n".join([HEAD, *entries])
