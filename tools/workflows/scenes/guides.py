"""A second text, a text to avoid, a direction and a picture."""

from __future__ import annotations

from tools.workflows.parts import (
    LOOKED_AT,
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
        "inversion": inversion((1600, 0), "a plain green shirt", links, size=(290, 0)),
        "stitch": stitch((2000, 0), size=(270, 0)),
        "result": save(("stitch", 0), (2000, 100), size=(270, 300)),
        "losses": show(("inversion", 2), (2000, 200), "Losses", (270, 0)),
    }
    captions = (*LOOKED_AT, "more: A picture", "wish: The wishes", "", "result: The result")
    return Scene(nodes, NOTE, (0, 200, 260, 330), "result", captions=captions)


def _picture() -> dict[str, Placed]:
    guide = {"picture": ("model_picture", 0), "weight": 0.2}
    return {
        "sample": sample((800, 0), seed=3),
        "model_picture": generate("sample", (800, 100), 260),
        "picture": place("FICEPictureGuide", (800, 200), (260, 0), **guide),
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
        "sleeves": place("FICETextGuide", (1200, 0), (280, 0), "Text Guide: also", **also),
        "avoid": place("FICETextGuide", (1200, 100), (280, 0), "Text Guide: not", **away),
        "direction": place("FICEDirectionGuide", (1200, 200), (280, 0), **direction),
    }
