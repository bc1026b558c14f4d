"""The result of any editor, put back onto its photo."""

from __future__ import annotations

from tools.workflows.parts import report, save, show
from tools.workflows.scene import Placed, Scene, place

PHOTO = "fice_demo_large_photo.jpg"
EDIT = "fice_demo_foreign_edit.jpg"
NOTE = (
    "## Any editor's result, made exact\n"
    "Editors such as Qwen-Image-Edit, FLUX Kontext, klein or an inpainting model give the picture "
    "back shifted, zoomed, tinted. Put yours in place of *The editor's result*.\n\n"
    "**Align to Photo** lays it back on the photo, **Take the Garment** takes only what was to "
    "change: outside the mask the photo stays as it was, bit for bit.\n\n"
    "Is *confidence* low? Link a mask of what was to change."
)


def any_editor() -> Scene:
    """Align, take, and what the editor did besides."""
    aligned = {"original": ("photo", 0), "edited": ("edit", 0)}
    taken = {"original": ("photo", 0), "aligned": ("align", 0), "shown": ("align", 1)}
    nodes: dict[str, Placed] = {
        "photo": place("LoadImage", (0, 0), (300, 430), "Photo", image=PHOTO),
        "edit": place("LoadImage", (0, 500), (300, 430), "The editor's result", image=EDIT),
        "align": place("FICEAlignToPhoto", (380, 0), (320, 300), **aligned),
        "aligned": show(("align", 0), (380, 380), "Aligned, the cast still in it", (320, 420)),
        "take": place("FICETakeGarment", (780, 0), (320, 260), **taken),
        "mask": place("MaskPreview", (780, 380), (320, 420), "What was taken", mask=("take", 1)),
        "result": save(("take", 0), (1180, 0), size=(400, 560)),
        "figures": report(("align", 8), (1180, 640), (400, 300), "What the editor did besides"),
        "recoloured": place("FICEColourToPhoto", (780, 880), (320, 150), **taken, model="global"),
        "whole": show(
            ("recoloured", 0), (380, 880), "All of the edit, without its cast", (320, 420)
        ),
    }
    return Scene(nodes, NOTE, (-420, 0, 380, 300), "result", before="edit")
