"""People made up by the generator, and edits as things of their own."""

from __future__ import annotations

from tools.workflows.parts import (
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
        "models": model_set((0, 200)),
        "sample": sample((0, 0), seed=3),
        "figure": generate("sample", (360, 0)),
        "before": show(("figure", 0), (360, 150), "Made-up figure", (300, 330)),
        "pose": place("FICEDensePose", (700, 0), (260, 110), **seen, densepose=("models", 3)),
        "regions": place(
            "FICESegmentGarment", (700, 180), (260, 130), **seen, segmenter=("models", 4)
        ),
        "constraint": constraint((700, 380)),
        "inversion": inversion((1020, 0), "a blue dress with white dots", links),
        "stitch": stitch((1420, 0), size=(300, 170), original=("figure", 0)),
        "result": save(("stitch", 0), (1420, 240)),
    }
    return Scene(nodes, MADE_UP_FIGURE, (0, 420, 300, 150), "result")


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
        "models": model_set((0, 230)),
        "sample": sample((0, 0), seed=21, psi=0.8, batch=3),
        "figures": generate("sample", (360, 0)),
        "before": show(("figures", 0), (360, 130), "Three figures", (300, 330)),
        "regions": place("FICESegmentGarment", (360, 510), (300, 130), **seen),
        "edit": place("FICELoadEdit", (720, 0), (320, 130), edit_file=EDIT_FILE),
        "thumbnail": show(("edit", 2), (720, 180), "The edit, as it was made", (320, 280)),
        "apply": place("FICEApplyEdit", (720, 510), (320, 230), **applied),
        "stitch": stitch((1100, 0), to="apply", original=("figures", 0)),
        "result": save(("stitch", 0), (1100, 260), "All three, edited"),
    }
    return Scene(nodes, READY_MADE_EDIT, (0, 450, 300, 260), "result", before="before")


EDIT: dict[str, Link] = {
    "generator": ("models", 0),
    "start": ("start", 0),
    "edited": ("inversion", 1),
}
EDIT_AS_THING = (
    "## What an edit is good for afterwards\n"
    "The inversion runs once. Then the edit is **saved** for other photos, taken **by half**, or "
    "only its **colour and pattern**; given to **another figure**; and turned into a **video**."
)


def edit_as_thing() -> Scene:
    """One edit: saved, made stronger, blended with another figure, and walked to."""
    saved = {"name": "yellow dots", "report": ("inversion", 3), "image": ("stitch", 0)}
    nodes = {
        "photo": photo((0, 0)),
        **look(),
        "inversion": inversion((720, 0), "a yellow dress with dots"),
        "save": place("FICESaveEdit", (1120, 0), (340, 300), **EDIT, **saved),
        "stitch": _stitched("inversion", (1120, 560), (340, 170)),
        **_strengths(),
        **_blend(),
        **_walk(),
        "result": save(("stitch", 0), (1120, 820), size=(340, 400)),
    }
    return Scene(nodes, EDIT_AS_THING, (0, 640, 300, 220), "result")


def _stitched(source: str, at: Point, size: Size) -> Placed:
    back = {"original": ("photo", 0), "regions": ("regions", 0), "generated": (source, 0)}
    return place("FICEStitch", at, size, **back)


def _strengths() -> dict[str, Placed]:
    """Half of the edit, and only how it looks."""
    size = (300, 170)
    look_only = {**EDIT, "pose_strength": 0.0, "shape_strength": 0.0}
    title = "Edit Strength: colour and pattern only"
    half = place("FICEEditStrength", (1520, 0), size, "Edit Strength: half", **EDIT, strength=0.5)
    return {
        "half": half,
        "half_shown": show(("half", 0), (1520, 250), "Half of it"),
        "look": place("FICEEditStrength", (1520, 600), size, title, **look_only),
        "look_stitch": _stitched("look", (1520, 850), size),
        "look_shown": save(
            ("look_stitch", 0), (1520, 1110), "The old cut, the new look", (300, 330)
        ),
    }


def _blend() -> dict[str, Placed]:
    """Another figure in the same garment."""
    blended = {"generator": ("models", 0), "a": ("other", 0), "b": ("inversion", 1)}
    amounts = {"amount": 1.0, "pose_strength": 0.0}
    return {
        "other": sample((1880, 0), seed=8),
        "blend": place("FICEBlendWPlus", (1880, 220), (300, 170), **blended, **amounts),
        "blend_shown": show(("blend", 0), (1880, 470), "Another figure in her dress"),
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
        "walk": place("FICELatentWalk", (2240, 0), (300, 150), **ends, frames=16, loop=True),
        "video": place("SaveAnimatedWEBP", (2240, 220), (340, 420), "Walk", **video),
    }
