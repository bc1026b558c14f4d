"""A person in a large photo."""

from __future__ import annotations

from tools.workflows.parts import (
    constraint,
    inversion,
    invert,
    model_set,
    report,
    save,
    show,
    stitch,
)
from tools.workflows.scene import Link, Placed, Scene, place

LARGE_PHOTO = "fice_demo_large_photo.jpg"
TEXT = "a blue shirt with long sleeves"
NOTE = (
    "## A person in a large photo\n"
    "**Crop to Generator Frame** finds the person and cuts the crop that the generator knows. All "
    "stages work on the crop; **Stitch** puts the garment back at full resolution.\n\n"
    "Wrong place? Choose another *person*, link a mask, or set *frame from* to *box by hand*.\n\n"
    "**Edit Report** tells what changed. Link another CLIP to *held out*: the one that guided the "
    "edit is no fair judge."
)


def large_photo() -> Scene:
    """Framing, the edit of the crop, putting it back, and what can be said of the result."""
    nodes = {
        "photo": place("LoadImage", (0, 0), (260, 340), "Large photo", image=LARGE_PHOTO),
        "models": model_set((0, 100)),
        **_frame(),
        **_looked_at(),
        "inversion": inversion((1200, 0), TEXT, size=(300, 0)),
        "stitch": stitch((1600, 0), size=(290, 0), frame=("frame", 1)),
        "result": save(("stitch", 0), (1600, 100), size=(290, 420)),
        **_report(),
    }
    captions = (
        *("photo: Photo and models", "more: The frame", "seen: What is seen"),
        *("wish: The wish", "result: The result", "more: The report"),
    )
    note_at = (0, 200, 260, 380)
    return Scene(nodes, NOTE, note_at, "result", before="photo", captions=captions)


def _frame() -> dict[str, Placed]:
    links = {
        "image": ("photo", 0),
        "generator": ("models", 0),
        "segmenter": ("models", 4),
        "encoder": ("models", 1),
    }
    return {
        "frame": place("FICECropToFrame", (400, 0), (260, 0), **links),
        "overview": show(("frame", 2), (400, 100), "Where the frame lies", (260, 300)),
    }


def _looked_at() -> dict[str, Placed]:
    crop: dict[str, Link] = {"image": ("frame", 0)}
    regions = {"segmenter": ("models", 4), "frame": ("frame", 1)}
    start = {"generator": ("models", 0), "encoder": ("models", 1)}
    return {
        "pose": place("FICEDensePose", (800, 0), (240, 0), **crop, densepose=("models", 3)),
        "regions": place("FICESegmentGarment", (800, 100), (240, 0), **crop, **regions),
        "start": invert((800, 200), **crop, **start),
        "constraint": constraint((800, 300), (240, 0)),
    }


def _report() -> dict[str, Placed]:
    judged = {
        "original": ("photo", 0),
        "edited": ("stitch", 0),
        "text": TEXT,
        "mask": ("stitch", 1),
        "frame": ("frame", 1),
        "clip": ("models", 2),
        "densepose": ("models", 3),
        "segmenter": ("models", 4),
        "reconstruction": ("start", 1),
        "loss_plot": ("inversion", 2),
        "run_report": ("inversion", 3),
    }
    return {
        "report": place("FICEEditReport", (2000, 0), (260, 0), **judged),
        "figures": report(("report", 0), (2000, 200), (260, 160), "The figures"),
        "page": show(("report", 1), (2000, 100), "The page", (260, 300)),
    }
