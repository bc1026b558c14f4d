"""People made up by the generator, and edits as things of their own."""

from __future__ import annotations

from tools.workflows.parts import (
    LOOKED_AT,
    SEEN,
    constraint,
    generate,
    inversion,
    look,
    model_set,
    photo,
    sample,
    save,
    show,
    stitch,
)
from tools.workflows.scene import Link, Placed, Point, Scene, Size, place

MADE_UP_FIGURE = (
    "## A figure that never was\n"
    "**Sample W+** makes up a person; the edit starts from her own latent codes, so nothing has to "
    "be inverted."
)


def made_up_figure() -> Scene:
    """A figure from the generator, dressed in something else."""
    seen: dict[str, Link] = {"image": ("figure", 0)}
    links: dict[str, Link] = {**SEEN, "start": ("sample", 0)}
    nodes = {
        "models": model_set((0, 0)),
        "sample": sample((400, 0), seed=3),
        "figure": generate("sample", (400, 100)),
        "pose": place("FICEDensePose", (800, 0), (250, 0), **seen, densepose=("models", 3)),
        "regions": place(
            "FICESegmentGarment", (800, 100), (250, 0), **seen, segmenter=("models", 4)
        ),
        "constraint": constraint((800, 200)),
        "inversion": inversion((1200, 0), "a blue dress with white dots", links),
        "stitch": stitch((1600, 0), original=("figure", 0)),
        "result": save(("stitch", 0), (1600, 100)),
    }
    captions = (
        *("photo: Models", "more: A made-up figure", "seen: What is seen"),
        *("wish: The wish", "result: The result"),
    )
    return Scene(nodes, MADE_UP_FIGURE, (0, 100, 260, 220), "result", captions=captions)


EDIT_FILE = "red and white stripes.safetensors"
READY_MADE_EDIT = (
    "## A ready-made edit\n"
    "Edits can be saved as small files and given to other people. **Load Edit** lists those of "
    "*models/fice_edits*; **Apply Edit** puts one on three figures at once, and nothing has to be "
    "optimised.\n\n"
    "For a photo, link *Invert Image* in place of *Sample W+*."
)


def ready_made_edit() -> Scene:
    """A saved edit on three figures; nothing is optimised."""
    seen: dict[str, Link] = {"image": ("figures", 0), "segmenter": ("models", 4)}
    applied = {"generator": ("models", 0), "wplus": ("sample", 0), "edit": ("edit", 0)}
    nodes = {
        "models": model_set((0, 0)),
        "sample": sample((400, 0), seed=21, psi=0.8, batch=3),
        "figures": generate("sample", (400, 100)),
        "before": show(("figures", 0), (400, 200), "Three figures"),
        "edit": place("FICELoadEdit", (800, 0), (320, 0), edit_file=EDIT_FILE),
        "thumbnail": show(("edit", 2), (800, 100), "The edit, as it was made", (320, 0)),
        "apply": place("FICEApplyEdit", (1200, 0), (320, 0), **applied),
        "regions": place("FICESegmentGarment", (1200, 100), (320, 0), **seen),
        "stitch": stitch((1600, 0), to="apply", original=("figures", 0)),
        "result": save(("stitch", 0), (1600, 100), "All three, edited"),
    }
    captions = (
        *("photo: Models", "more: Three made-up figures", "seen: The saved edit"),
        *("wish: Put on all three", "result: The result"),
    )
    note_at = (0, 100, 260, 380)
    return Scene(nodes, READY_MADE_EDIT, note_at, "result", before="before", captions=captions)


EDIT: dict[str, Link] = {
    "generator": ("models", 0),
    "start": ("start", 0),
    "edited": ("inversion", 1),
}
EDIT_AS_THING = (
    "## What an edit is good for afterwards\n"
    "The inversion runs once. Then the edit is **saved** for other photos, taken **by half**, or "
    "only its **colour and pattern**; given to **another figure**; and turned into a **video**.\n\n"
    "Click the dot of a folded node to open it."
)


def edit_as_thing() -> Scene:
    """One edit: saved, made stronger, blended with another figure, and walked to."""
    saved = {"name": "yellow dots", "report": ("inversion", 3), "image": ("stitch", 0)}
    nodes = {
        "photo": photo((0, 0)),
        **look(),
        "inversion": inversion((800, 0), "a yellow dress with dots", size=(270, 0)),
        "save": place("FICESaveEdit", (400, 900), (250, 0), **EDIT, **saved),
        "stitch": _stitched("inversion", (1200, 0), (250, 0)),
        **_strengths(),
        **_blend(),
        **_walk(),
        "result": save(("stitch", 0), (1200, 100), size=(250, 0)),
    }
    captions = (
        *LOOKED_AT,
        *("wish: The edit", "", "more: Half, or the look alone", "more: Another, and a walk"),
    )
    # A node that draws shows its picture itself, and runs only if somebody asks for it.
    folded = ("save", "stitch", "other", "half_shown", "look_shown", "blend_shown")
    note_at = (0, 200, 260, 330)
    return Scene(*(nodes, EDIT_AS_THING, note_at, "result"), captions=captions, folded=folded)


def _stitched(source: str, at: Point, size: Size) -> Placed:
    back = {"original": ("photo", 0), "regions": ("regions", 0), "generated": (source, 0)}
    return place("FICEStitch", at, size, **back)


def _strengths() -> dict[str, Placed]:
    """Half of the edit, and only how it looks."""
    size = (250, 0)
    look_only = {**EDIT, "pose_strength": 0.0, "shape_strength": 0.0}
    title = "Colour and pattern only"
    half = place("FICEEditStrength", (1600, 0), size, "Half of it", **EDIT, strength=0.5)
    return {
        "half": half,
        "half_shown": show(("half", 0), (1200, 300), "Half of it", (250, 0)),
        "look": place("FICEEditStrength", (1600, 100), size, title, **look_only),
        "look_shown": show(("look", 0), (1200, 400), "The new look", (250, 0)),
    }


def _blend() -> dict[str, Placed]:
    """Another figure in the same garment."""
    blended = {"generator": ("models", 0), "a": ("other", 0), "b": ("inversion", 1)}
    amounts = {"amount": 1.0, "pose_strength": 0.0}
    return {
        "other": sample((2000, 0), seed=8),
        "blend": place(
            "FICEBlendWPlus", (2000, 100), (260, 0), "Another in her dress", **blended, **amounts
        ),
        "blend_shown": show(("blend", 0), (2000, 150), "In her dress"),
    }


def _walk() -> dict[str, Placed]:
    """From the photo to the edit and back, as a video."""
    ends = {"generator": ("models", 0), "wplus": ("start", 0), "to": ("inversion", 1)}
    video = {
        "images": ("walk", 0),
        "filename_prefix": "fice",
        "fps": 8.0,
        "lossless": False,
        "quality": 85,
        "method": "default",
    }
    return {
        "walk": place("FICELatentWalk", (1200, 200), (250, 0), **ends, frames=16, loop=True),
        "video": place("SaveAnimatedWEBP", (2000, 200), (260, 0), "Walk", **video),
    }
