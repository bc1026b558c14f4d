"""A person in a large photo."""

from __future__ import annotations

from tools.workflows.parts import constraint, inversion, model_set, report, save, show, stitch
from tools.workflows.scene import Link, Placed, Scene, place

LARGE_PHOTO = "fice_demo_large_photo.jpg"
TEXT = "a blue shirt with long sleeves"
NOTE = (
    "## A person in a large photo\n"
    "**Crop to Generator Frame** finds the person and cuts the crop that the generator knows. All "
    "stages work on the crop; **Stitch** puts the garment back at full resolution.\n\n"
    "Wrong place? Choose another *person*, link a mask, or set *frame_from* to *box by hand*.\n\n"
    "**Edit Report** tells what changed. Link another CLIP to *held_out*: the one that guided the "
    "edit is no fair judge."
)


def large_photo() -> Scene:
    """Framing, the edit of the crop, putting it back, and what can be said of the result."""
    nodes = {
        "photo": place("LoadImage", (0, 0), (300, 430), "Large photo", image=LARGE_PHOTO),
        "models": model_set((0, 520)),
        **_frame(),
        **_looked_at(),
        "inversion": inversion((1040, 0), TEXT),
        "stitch": stitch((1440, 0), size=(400, 290), frame=("frame", 1)),
        "result": save(("stitch", 0), (1440, 380), size=(400, 560)),
        **_report(),
    }
    return Scene(nodes, NOTE, (-420, 0, 380, 260), "result", before="photo")


def _frame() -> dict[str, Placed]:
    links = {
        "image": ("photo", 0),
        "generator": ("models", 0),
        "segmenter": ("models", 4),
        "encoder": ("models", 1),
    }
    return {
        "frame": place("FICECropToFrame", (360, 0), (300, 380), **links),
        "overview": show(("frame", 2), (360, 480), "Where the frame lies", (300, 400)),
    }


def _looked_at() -> dict[str, Placed]:
    crop: dict[str, Link] = {"image": ("frame", 0)}
    regions = {"segmenter": ("models", 4), "frame": ("frame", 1)}
    start = {"generator": ("models", 0), "encoder": ("models", 1)}
    return {
        "pose": place("FICEDensePose", (720, 0), (260, 110), **crop, densepose=("models", 3)),
        "regions": place("FICESegmentGarment", (720, 180), (260, 150), **crop, **regions),
        "start": place("FICEInvertImage", (720, 400), (260, 130), **crop, **start),
        "constraint": constraint((720, 600)),
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
        "report": place("FICEEditReport", (1900, 0), (320, 420), **judged),
        "figures": report(("report", 0), (2280, 0), (440, 420), "The figures"),
        "page": show(("report", 1), (1900, 500), "The page", (820, 560)),
    }
