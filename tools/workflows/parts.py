"""Nodes that most scenes are made of.

They know each other by name: `photo`, `models`, `pose`, `regions`, `start`, `constraint`,
`inversion`, `stitch`, `result`.
"""

from __future__ import annotations

from tools.workflows.scene import Link, Placed, Point, Size, Value, place

PHOTO = "fice_demo_photo.png"
DEMO = "demo (built in)"
SEEN: dict[str, Link] = {
    "generator": ("models", 0),
    "clip": ("models", 2),
    "start": ("start", 0),
    "pose": ("pose", 0),
    "regions": ("regions", 0),
    "constraints": ("constraint", 0),
}
"""What an inversion is linked to."""


def photo(at: Point) -> Placed:
    """The demo photo."""
    return place("LoadImage", at, (260, 340), "Photo", image=PHOTO)


def show(source: Link, at: Point, title: str, size: Size = (260, 0)) -> Placed:
    """A preview."""
    return place("PreviewImage", at, size, title, images=source)


def save(source: Link, at: Point, title: str = "Result", size: Size = (300, 330)) -> Placed:
    """A result."""
    return place("SaveImage", at, size, title, images=source, filename_prefix="fice")


def report(source: Link, at: Point, size: Size, title: str = "Report") -> Placed:
    """A text."""
    return place("PreviewAny", at, size, title, source=source)


def model_set(at: Point) -> Placed:
    """The demo networks."""
    return place("FICELoadModelSet", at, (260, 0), model_set=DEMO)


def sample(at: Point, seed: int, psi: float = 0.7, batch: int = 1) -> Placed:
    """Latent codes of people that never were."""
    widgets = {"seed": seed, "truncation_psi": psi, "batch_size": batch}
    return place("FICESampleW", at, (260, 0), generator=("models", 0), **widgets)


def generate(source: str, at: Point, width: int = 260) -> Placed:
    """The picture of latent codes."""
    return place("FICEGenerate", at, (width, 0), generator=("models", 0), wplus=(source, 0))


def constraint(at: Point, size: Size = (250, 0)) -> Placed:
    """W+ Regularize as the tuned recipe has it."""
    return place("FICEWPlusRegularize", at, size, mode="w_delta", weight=0.02)


def look(left: int = 0) -> dict[str, Placed]:
    """Models and all that is seen in the photo, once for several inversions: two columns."""
    seen: dict[str, Link] = {"image": ("photo", 0)}
    x, width = left + 400, 250
    return {
        "models": model_set((left, 100)),
        "pose": place("FICEDensePose", (x, 0), (width, 0), **seen, densepose=("models", 3)),
        "regions": place(
            "FICESegmentGarment", (x, 100), (width, 0), **seen, segmenter=("models", 4)
        ),
        "start": invert((x, 200), **seen, generator=("models", 0), encoder=("models", 1)),
        "constraint": constraint((x, 300)),
    }


def invert(at: Point, /, **links: Link) -> Placed:
    """The W+ of the photo; what it draws shows elsewhere."""
    return place("FICEInvertImage", at, (250, 0), **links, preview_every=0)


def inversion(
    at: Point, text: str, links: dict[str, Link] = SEEN, title: str = "", size: Size = (320, 0)
) -> Placed:
    """The stage that takes the time; all its numbers stay as they are."""
    return place("FICEClipGuidedInversion", at, size, title, **links, text=text, seed=0)


def sharpened(source: Link) -> Placed:
    """What stands in for a sampler whose weights are not there: it changes all of a picture."""
    widgets: dict[str, Value] = {"sharpen_radius": 1, "sigma": 1.0, "alpha": 1.0}
    return place("ImageSharpen", (0, 0), (0, 0), image=source, **widgets)


LOOKED_AT = ("photo: Photo and models", "seen: What is seen")
"""Captions of the columns of `look`."""


def stitch(
    at: Point, title: str = "", /, *, size: Size = (300, 0), to: str = "inversion", **more: Value
) -> Placed:
    """The garment from the picture of `to` in the photo."""
    links = {"original": ("photo", 0), "generated": (to, 0), "regions": ("regions", 0)}
    return place("FICEStitch", at, size, title, **{**links, **more})
