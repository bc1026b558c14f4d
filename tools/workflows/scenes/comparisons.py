"""One photo, several edits side by side."""

from __future__ import annotations

from tools.workflows.parts import SEEN, inversion, look, photo, report, save, show, stitch
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
    "The photo is looked at once. Change one text: only that column runs again."
)


def four_texts() -> Scene:
    """The photo is looked at once; each text has an inversion of its own."""
    nodes = {"photo": photo((0, 0)), **look()}
    for column, text in enumerate(TEXTS):
        x = 720 + 400 * column
        nodes[f"inversion{column}"] = inversion((x, 0), text)
        nodes[f"stitch{column}"] = stitch((x, 1040), to=f"inversion{column}")
        nodes[f"result{column}"] = save((f"stitch{column}", 0), (x, 1290), text, (340, 400))
    return Scene(nodes, FOUR_TEXTS, (0, 640, 300, 150), "result1")


REGULARISED = (
    "## W+ Regularize off and on\n"
    "The same photo, text and seed. The constraint keeps the latent codes where the generator has "
    "seen people."
)


def regularised() -> Scene:
    """The same edit with and without a constraint on W+."""
    nodes = {"photo": photo((0, 0)), **look()}
    nodes["constraint"] = place(
        "FICEWPlusRegularize", (380, 580), (260, 130), mode="distance to mean", weight=0.05
    )
    nodes |= _regularised_column(720, "off", UNCONSTRAINED)
    nodes |= _regularised_column(1520, "on", SEEN)
    return Scene(nodes, REGULARISED, (0, 640, 300, 150), "result_on")


def _regularised_column(x: int, name: str, links: dict[str, Link]) -> dict[str, Placed]:
    text = "a yellow shirt with black stripes"
    title = f"CLIP-Guided Inversion: W+ Regularize {name}"
    source, size = f"inversion_{name}", (340, 400)
    return {
        source: inversion((x, 0), text, links, title),
        f"generated_{name}": show((source, 0), (x + 380, 0), f"Generated, {name}", size),
        f"stitch_{name}": stitch((x + 380, 460), to=source),
        f"result_{name}": save((f"stitch_{name}", 0), (x + 380, 700), f"Result, {name}", size),
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
        "grid": place("FICEEditGrid", (720, 0), (360, 420), **UNCONSTRAINED, **texts),
        "result": save(("grid", 0), (1140, 0), "Sheet", (820, 520)),
        "report": report(("grid", 3), (720, 500), (360, 240)),
    }
    return Scene(nodes, EDIT_GRID, (0, 640, 300, 160), "result")
