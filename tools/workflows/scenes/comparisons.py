"""One photo, several edits side by side."""

from __future__ import annotations

from dataclasses import replace

from tools.workflows.parts import (
    LOOKED_AT,
    SEEN,
    inversion,
    look,
    photo,
    report,
    save,
    show,
    stitch,
)
from tools.workflows.scene import Link, Placed, Scene, place

UNCONSTRAINED = {name: link for name, link in SEEN.items() if name != "constraints"}


TEXTS = (
    "a yellow dress with dots",
    "a blue shirt with long sleeves",
    "a red and white striped shirt",
    "a green sleeveless top",
)
FOUR_TEXTS = (
    "## One photo, four texts\n"
    "The photo is looked at once. Change one text: only that column runs again.\n\n"
    "*Stitch* and *Inversion Settings* are folded; click the dot to open one. The settings only "
    "turn the live previews off, so that all four fit."
)


def four_texts() -> Scene:
    """The photo is looked at once; each text has an inversion of its own."""
    nodes = {
        "photo": photo((0, 0)),
        **look(),
        "settings": place("FICEInversionSettings", (400, 400), (250, 0), preview_every=0),
    }
    links: dict[str, Link] = {**SEEN, "settings": ("settings", 0)}
    for column, text in enumerate(TEXTS):
        x = 800 + 400 * column
        edit = inversion((x, 0), text, links, size=(270, 0))
        nodes[f"inversion{column}"] = replace(edit, silent=True)
        nodes[f"stitch{column}"] = stitch((x, 100), to=f"inversion{column}", size=(270, 0))
        nodes[f"result{column}"] = save((f"stitch{column}", 0), (x, 200), text, (270, 0))
    captions = (*LOOKED_AT, "wish: Four wishes", "", "", "")
    folded = ("settings", *(f"stitch{column}" for column in range(len(TEXTS))))
    note_at = (0, 200, 260, 240)
    return Scene(nodes, FOUR_TEXTS, note_at, "result1", captions=captions, folded=folded)


REGULARISED = (
    "## With and without W+ Regularize\n"
    "The same photo, text and seed. The constraint keeps the latent codes where the generator has "
    "seen people."
)


def regularised() -> Scene:
    """The same edit with and without a constraint on W+."""
    nodes = {"photo": photo((0, 0)), **look()}
    nodes["constraint"] = place(
        "FICEWPlusRegularize", (400, 300), (250, 0), mode="distance to mean", weight=0.05
    )
    nodes |= _regularised_columns(800, "off", UNCONSTRAINED)
    nodes |= _regularised_columns(1600, "on", SEEN)
    captions = (*LOOKED_AT, "more: Without", "", "wish: With W+ Regularize", "")
    note_at = (0, 200, 260, 200)
    return Scene(nodes, REGULARISED, note_at, "result_on", captions=captions)


def _regularised_columns(x: int, name: str, links: dict[str, Link]) -> dict[str, Placed]:
    text = "a yellow shirt with black stripes"
    source, size = f"inversion_{name}", (260, 0)
    return {
        source: inversion((x, 0), text, links, f"Inversion, W+ Regularize {name}", size=(290, 0)),
        f"generated_{name}": show((source, 0), (x + 400, 0), f"Generated, {name}", size),
        f"stitch_{name}": stitch((x + 400, 100), to=source, size=size),
        f"result_{name}": save((f"stitch_{name}", 0), (x + 400, 200), f"Result, {name}", size),
    }


EDIT_GRID = (
    "## Edit grid\n"
    "One text per line, strengths with commas between. The photo is inverted once; each text is "
    "optimised once, each further strength is only drawn."
)


def edit_grid() -> Scene:
    """Texts and strengths on one sheet."""
    seen = {name: node for name, node in look().items() if name != "constraint"}
    texts = {
        "texts": "a red dress with dots\na blue shirt with long sleeves",
        "strengths": "0.5, 1, 1.3",
    }
    nodes = {
        "photo": photo((0, 0)),
        **seen,
        "grid": place("FICEEditGrid", (800, 0), (340, 0), **UNCONSTRAINED, **texts),
        "result": save(("grid", 0), (1200, 0), "Sheet", (700, 480)),
        "report": report(("grid", 3), (1200, 100), (700, 200)),
    }
    captions = (*LOOKED_AT, "wish: Texts and strengths", "result: All of them on one sheet")
    return Scene(nodes, EDIT_GRID, (0, 200, 260, 190), "result", captions=captions)
