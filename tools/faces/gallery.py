"""`docs/gallery.md`: every template that runs with the demo models, as it looks after a run."""

from __future__ import annotations

import re
from urllib.parse import quote

from tools.host.comfy_host import PACK
from tools.workflows.pictures import SCREENSHOTS, slug
from tools.workflows.scene import Scene
from tools.workflows.scenes import SCENES

GALLERY = PACK / "docs" / "gallery.md"
HEAD = """# Gallery

Thirteen graphs that run at once, with the demo models: in ComfyUI, open *Templates* and choose the
pack. Written by `python -m tools.faces gallery`, the pictures by
`python -m tools.workflows --only pictures`.
"""


def write_gallery() -> None:
    """Writes the page."""
    GALLERY.write_text(page(), encoding="utf-8")


def page() -> str:
    """The page as Markdown."""
    alone = {name: scene for name, make in SCENES.items() if not (scene := make()).needs_weights}
    return "\n".join([HEAD, *(entry(name, scene) for name, scene in alone.items())])


def entry(name: str, scene: Scene) -> str:
    """A template: its title, what it shows, its picture and its file."""
    title = re.sub(r"^FICE \d+ - ", "", name)
    words = scene.note.partition("\n")[2].strip()
    picture = f"{SCREENSHOTS.name}/{slug(name)}.jpg"
    file = quote(f"../workflows/{name}.json")
    return f"## {title}\n\n{words}\n\n[![{title}]({picture})]({file})\n"
