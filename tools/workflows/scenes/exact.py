"""The result of any editor, put back onto its photo."""

from __future__ import annotations

from tools.workflows.parts import report, save, show
from tools.workflows.scene import Placed, Scene, Value, place

PHOTO = "fice_demo_large_photo.jpg"
EDIT = "fice_demo_foreign_edit.jpg"
NOTE = (
    "## Any editor's result, made exact\n"
    "Editors such as Qwen-Image-Edit, FLUX Kontext, klein or an inpainting model give the picture "
    "back shifted, zoomed, tinted. Put yours in place of *The editor's result*.\n\n"
    "**Align to Photo** lays it back on the photo, **Take the Clothes** takes only what was to "
    "change: outside the mask the photo stays as it was, bit for bit.\n\n"
    "Is *confidence* low? Link a mask of what was to change."
)


def any_editor() -> Scene:
    """Align, take, and what the editor did besides."""
    aligned: dict[str, Value] = {"original": ("photo", 0), "edited": ("edit", 0)}
    taken: dict[str, Value] = {
        "original": ("photo", 0),
        "aligned": ("align", 0),
        "shown": ("align", 1),
    }
    size = (290, 380)
    nodes: dict[str, Placed] = {
        "photo": place("LoadImage", (0, 0), (290, 308), "Photo", image=PHOTO),
        "edit": place("LoadImage", (0, 100), (290, 308), "The editor's result", image=EDIT),
        "align": place("FICEAlignToPhoto", (400, 0), (290, 0), **aligned),
        "aligned": show(("align", 0), (400, 100), "Aligned, its cast still in it", size),
        "take": place("FICETakeClothes", (800, 0), (290, 0), **taken),
        "mask": place("MaskPreview", (800, 100), size, "What was taken", mask=("take", 1)),
        "result": save(("take", 0), (1200, 0), size=(290, 420)),
        "figures": report(("align", 8), (1200, 100), (290, 300), "What the editor did besides"),
        "recoloured": place("FICEColourToPhoto", (1600, 0), (290, 0), **taken),
        "whole": show(("recoloured", 0), (1600, 100), "All of the edit, in its colours", size),
    }
    captions = (
        *("photo: Photo and edit", "seen: Laid on the photo", "wish: The garment alone"),
        *("result: The result", "more: All of the edit"),
    )
    note_at = (0, 200, 290, 290)
    return Scene(nodes, NOTE, note_at, "result", before="edit", captions=captions)
