"""The moving picture of the README: a wish is typed in the frontend, and the figure changes."""

from __future__ import annotations

import io
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from tools.faces.registry import FACES
from tools.host.browser import Frontend, open_frontend
from tools.host.comfy_host import HOW_TO_GET_A_HOST, find_host, prepare_base, running_host
from tools.host.workflow_files import WORKFLOWS, read_workflow
from tools.workflows.scenes import chosen

TEMPLATE = "edit in one node"
TEXT = "a yellow turtleneck sweater with long sleeves"
SEEN = {"x": 180, "y": 40, "width": 1408, "height": 880}  # of the window: the graph, and Run
SIZE = (960, 600)
SECONDS, PER_SECOND = 20, 4
LETTERS = 3  # that are typed between two pictures
FIRST, LAST = PER_SECOND, 5 * PER_SECOND  # pictures of how it begins, and of how it ends
QUALITY = 55
SHOWN = "() => app.graph.nodes.every(node => node.type !== 'SaveImage' || node.imgs?.length)"


def shoot_film() -> None:
    """Writes `docs/faces/film.webp`."""
    checkout = find_host()
    if checkout is None:
        raise SystemExit(HOW_TO_GET_A_HOST)
    with tempfile.TemporaryDirectory() as folder:
        prepare_base(Path(folder))
        with running_host(checkout, Path(folder)) as host, open_frontend(host.url) as frontend:
            pictures = cut(typed(frontend), worked(frontend), picture(frontend))
    FACES.mkdir(exist_ok=True)
    pictures[0].save(
        FACES / "film.webp",
        save_all=True,
        append_images=pictures[1:],
        duration=1000 // PER_SECOND,
        loop=0,
        quality=QUALITY,
        method=6,
    )


def typed(frontend: Frontend) -> list[Image.Image]:
    """The page as it opens, and while the wish is typed."""
    (name,) = chosen(TEMPLATE)
    frontend.load(read_workflow(WORKFLOWS / f"{name}.json"), name)
    pictures = [picture(frontend)] * FIRST
    for length in [*range(0, len(TEXT), LETTERS), len(TEXT)]:
        frontend.set_widgets("FICEEdit", text=TEXT[:length])
        pictures.append(picture(frontend))
    return pictures


def worked(frontend: Frontend) -> list[Image.Image]:
    """The page from Run to the result."""
    frontend.start()
    pictures = [picture(frontend)]
    while not frontend.ended():
        time.sleep(1 / PER_SECOND)
        pictures.append(picture(frontend))
    frontend.page.wait_for_function(SHOWN)
    time.sleep(1)
    return pictures


def cut(
    typed: Sequence[Image.Image], worked: Sequence[Image.Image], last: Image.Image
) -> list[Image.Image]:
    """All pictures of the film: a slow machine works no longer in it than a quick one."""
    room = SECONDS * PER_SECOND - len(typed) - LAST
    if len(worked) > room:
        worked = [worked[index * (len(worked) - 1) // (room - 1)] for index in range(room)]
    return [*typed, *worked, *[last] * LAST]


def picture(frontend: Frontend) -> Image.Image:
    """The page now."""
    seen = Image.open(io.BytesIO(frontend.page.screenshot(clip=SEEN)))
    return seen.convert("RGB").resize(SIZE, Image.Resampling.LANCZOS)
