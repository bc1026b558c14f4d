"""The whole edit in one node."""

from __future__ import annotations

from dataclasses import replace

from tools.workflows.parts import DEMO, photo, save
from tools.workflows.scene import Form, Scene, place

NOTE = (
    "## One node\n"
    "Load a photo, write a text, press **Run**. The **Apps** tab shows the same as a form."
)


def one_node() -> Scene:
    """The whole edit in one node, as a form too."""
    edit = {"image": ("photo", 0), "text": "a green dress with long sleeves", "model_set": DEMO}
    nodes = {
        "photo": photo((0, 0)),
        "edit": place("FICEEdit", (400, 0), (400, 0), **edit),
        "result": save(("edit", 0), (800, 0), size=(460, 600)),
    }
    form = Form((("photo", "image"), ("edit", "text")), ("result",))
    captions = ("photo: 1 · Photo", "wish: 2 · What to wear", "result: 3 · The result")
    return Scene(nodes, NOTE, (0, 200, 300, 220), "result", captions=captions, form=form)


def as_form() -> Scene:
    """The same, opened as a form."""
    return replace(one_node(), as_form=True)
