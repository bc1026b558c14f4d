"""A second text, a text to avoid, a direction and a picture."""

from __future__ import annotations

from tools.workflows.parts import (
    SEEN,
    generate,
    inversion,
    look,
    photo,
    sample,
    save,
    show,
    stitch,
)
from tools.workflows.scene import Placed, Scene, place

NOTE = (
    "## More than one wish\n"
    "Guides chain: each is one more term with a weight of its own. **Text Guide** draws to a text "
    "or away from it, **Direction Guide** asks for the change from one sentence to another, "
    "**Picture Guide** for what CLIP sees in a picture. Link a second *Load CLIP Guide* to one of "
    "them and that model judges it."
)


def guides() -> Scene:
    """One inversion at the end of a chain of guides."""
    links = {**SEEN, "guidance": ("direction", 0)}
    nodes = {
        "photo": photo((0, 0)),
        **look(),
        **_picture(),
        **_texts(),
        "inversion": inversion((720, 0), "a plain green shirt", links),
        "stitch": stitch((1120, 0)),
        "result": save(("stitch", 0), (1520, 0)),
        "losses": show(("inversion", 2), (1120, 290), "Losses", (340, 280)),
    }
    return Scene(nodes, NOTE, (0, 620, 300, 220), "result")


def _picture() -> dict[str, Placed]:
    guide = {"picture": ("model_picture", 0), "weight": 0.2}
    return {
        "sample": sample((0, 860), seed=3),
        "model_picture": generate("sample", (0, 1080), 300),
        "picture": place("FICEPictureGuide", (380, 1080), (280, 110), **guide),
        "picture_shown": show(("model_picture", 0), (0, 1220), "To look a little like"),
    }


def _texts() -> dict[str, Placed]:
    also = {"text": "a shirt with long sleeves", "weight": 0.5, "guidance": ("picture", 0)}
    away = {
        "text": "a checked shirt",
        "move": "away from it",
        "weight": 0.3,
        "guidance": ("sleeves", 0),
    }
    direction = {
        "source_text": "a person in a shirt",
        "target_text": "a person in a green shirt",
        "weight": 0.5,
        "guidance": ("avoid", 0),
    }
    return {
        "sleeves": place("FICETextGuide", (720, 1060), (300, 170), "Text Guide: also", **also),
        "avoid": place("FICETextGuide", (1080, 1060), (300, 170), "Text Guide: not", **away),
        "direction": place("FICEDirectionGuide", (1440, 1060), (320, 220), **direction),
    }
