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
    return place("LoadImage", at, (300, 330), "Photo", image=PHOTO)


def show(source: Link, at: Point, title: str, size: Size = (260, 280)) -> Placed:
    """A preview."""
    return place("PreviewImage", at, size, title, images=source)


def save(source: Link, at: Point, title: str = "Result", size: Size = (400, 440)) -> Placed:
    """A result."""
    return place("SaveImage", at, size, title, images=source, filename_prefix="fice")


def report(source: Link, at: Point, size: Size, title: str = "Report") -> Placed:
    """A text."""
    return place("PreviewAny", at, size, title, source=source)


def model_set(at: Point) -> Placed:
    """The demo networks."""
    return place("FICELoadModelSet", at, (300, 150), model_set=DEMO)


def sample(at: Point, seed: int, psi: float = 0.7, batch: int = 1) -> Placed:
    """Latent codes of people that never were."""
    widgets = {"seed": seed, "truncation_psi": psi, "batch_size": batch}
    return place("FICESampleW", at, (300, 150), generator=("models", 0), **widgets)


def generate(source: str, at: Point, width: int = 260) -> Placed:
    """The picture of latent codes."""
    return place("FICEGenerate", at, (width, 80), generator=("models", 0), wplus=(source, 0))


def constraint(at: Point, size: Size = (260, 130)) -> Placed:
    """W+ Regularize as the tuned recipe has it."""
    return place("FICEWPlusRegularize", at, size, mode="w_delta", weight=0.02)


def look(top: int = 0, left: int = 0) -> dict[str, Placed]:
    """Models and all that is seen in the photo, once for several inversions."""
    seen: dict[str, Link] = {"image": ("photo", 0)}
    x = left + 380
    return {
        "models": model_set((left, top + 420)),
        "pose": place("FICEDensePose", (x, top), (260, 110), **seen, densepose=("models", 3)),
        "regions": place(
            "FICESegmentGarment", (x, top + 180), (260, 130), **seen, segmenter=("models", 4)
        ),
        "start": place(
            *("FICEInvertImage", (x, top + 380), (260, 130)),
            **seen,
            generator=("models", 0),
            encoder=("models", 1),
        ),
        "constraint": constraint((x, top + 580)),
    }


def inversion(at: Point, text: str, links: dict[str, Link] = SEEN, title: str = "") -> Placed:
    """The stage that takes the time; all its numbers stay as they are."""
    size = (340, 960)
    return place("FICEClipGuidedInversion", at, size, title, **links, text=text, seed=0)


def stitch(
    at: Point, title: str = "", /, *, size: Size = (340, 170), to: str = "inversion", **more: Value
) -> Placed:
    """The garment from the picture of `to` in the photo."""
    links = {"original": ("photo", 0), "generated": (to, 0), "regions": ("regions", 0)}
    return place("FICEStitch", at, size, title, **{**links, **more})
