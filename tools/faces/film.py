"""The moving picture of the README: a wish is typed in the frontend, and the figure changes."""

from __future__ import annotations

import io
import tempfile
import time
from pathlib import Path

from PIL import Image

from tools.faces.registry import FACES
from tools.host.browser import Frontend, open_frontend
from tools.host.comfy_host import HOW_TO_GET_A_HOST, find_host, prepare_base, running_host
from tools.host.workflow_files import WORKFLOWS, read_workflow
from tools.workflows.scenes import chosen

TEMPLATE = "edit in one node"
TEXT = "a red and white striped shirt with short sleeves"
SIZE = (960, 600)
SECONDS, PER_SECOND = 20, 4
PAUSE = 0.05  # seconds between two letters


def shoot_film() -> None:
    """Writes `docs/faces/film.webp`."""
    checkout = find_host()
    if checkout is None:
        raise SystemExit(HOW_TO_GET_A_HOST)
    with tempfile.TemporaryDirectory() as folder:
        prepare_base(Path(folder))
        with running_host(checkout, Path(folder)) as host, open_frontend(host.url) as frontend:
            pictures = shot(frontend)
    first, *others = timed(pictures)
    FACES.mkdir(exist_ok=True)
    first.save(
        FACES / "film.webp",
        save_all=True,
        append_images=others,
        duration=1000 // PER_SECOND,
        loop=0,
        quality=60,
        method=6,
    )


def shot(frontend: Frontend) -> list[Image.Image]:
    """The page from the first letter to the result."""
    (name,) = chosen(TEMPLATE)
    frontend.load(read_workflow(WORKFLOWS / f"{name}.json"), name)
    pictures = [picture(frontend)]
    for length in range(0, len(TEXT) + 1, 3):
        frontend.set_widgets("FICEEdit", text=TEXT[:length])
        time.sleep(PAUSE)
        pictures.append(picture(frontend))
    frontend.set_widgets("FICEEdit", text=TEXT)
    frontend.start()
    while not frontend.ended():
        time.sleep(1 / PER_SECOND)
        pictures.append(picture(frontend))
    time.sleep(1)
    return [*pictures, *[picture(frontend)] * (2 * PER_SECOND)]


def timed(pictures: list[Image.Image]) -> list[Image.Image]:
    """As many pictures as the film has, evenly taken: a slow machine films no longer."""
    count = SECONDS * PER_SECOND
    if len(pictures) <= count:
        return pictures
    return [pictures[index * (len(pictures) - 1) // (count - 1)] for index in range(count)]


def picture(frontend: Frontend) -> Image.Image:
    """The page now."""
    seen = Image.open(io.BytesIO(frontend.page.screenshot(type="jpeg", quality=90)))
    return seen.convert("RGB").resize(SIZE, Image.Resampling.LANCZOS)
