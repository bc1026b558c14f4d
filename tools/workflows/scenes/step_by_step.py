"""All six stages, every network from a loader of its own."""

from __future__ import annotations

from tools.workflows.parts import (
    DEMO,
    constraint,
    inversion,
    invert,
    photo,
    report,
    save,
    show,
    stitch,
)
from tools.workflows.scene import Link, Placed, Scene, place

LOADERS = {
    "generator": ("FICELoadStyleGAN2", "Load StyleGAN2"),
    "encoder": ("FICELoadEncoder", "Load W+ Encoder"),
    "clip": ("FICELoadCLIP", "Load CLIP Guide"),
    "densepose": ("FICELoadDensePose", "Load DensePose"),
    "segmenter": ("FICELoadSegmenter", "Load Garment Segmenter"),
}
LINKS: dict[str, Link] = {
    "generator": ("generator", 0),
    "clip": ("clip", 0),
    "start": ("start", 0),
    "pose": ("pose", 0),
    "regions": ("regions", 0),
    "constraints": ("constraint", 0),
}
NOTE = (
    "## Change the garment by words\n"
    "Write what the person should wear into **text** of *CLIP-Guided Inversion* and press **Run**; "
    "the figure changes while you watch.\n\n"
    "1. **DensePose** and **Segment Garment** look at the photo.\n"
    "2. **Invert Image** finds its latent codes.\n"
    "3. **CLIP-Guided Inversion** moves them towards the text.\n"
    "4. **Stitch** puts the new garment into the photo; all else stays as it was, pixel for pixel."
    "\n\n"
    "Unlink *pose* or *regions* to see what they hold in place."
)


def step_by_step() -> Scene:
    """The stages from left to right, with what each of them found."""
    text = "a red and white striped shirt with short sleeves"
    nodes = {
        "photo": photo((0, 0)),
        **_loaders(),
        **_looked_at(),
        "inversion": inversion((1600, 0), text, LINKS, size=(300, 0)),
        "stitch": stitch((2000, 0), size=(280, 0)),
        **_previews(),
    }
    captions = (
        *("photo: Photo", "more: Models", "seen: What is seen", ""),
        *("wish: The wish", "result: The result"),
    )
    return Scene(nodes, NOTE, (0, 200, 260, 420), "result", captions=captions)


def _loaders() -> dict[str, Placed]:
    return {
        name: place(kind, (400, row), (246, 0), title, weights=DEMO)
        for row, (name, (kind, title)) in enumerate(LOADERS.items())
    }


def _looked_at() -> dict[str, Placed]:
    seen: dict[str, Link] = {"image": ("photo", 0)}
    networks: dict[str, Link] = {"generator": ("generator", 0), "encoder": ("encoder", 0)}
    return {
        "pose": place("FICEDensePose", (800, 0), (240, 0), **seen, densepose=("densepose", 0)),
        "regions": place(
            "FICESegmentGarment", (800, 100), (240, 0), **seen, segmenter=("segmenter", 0)
        ),
        "start": invert((800, 200), **seen, **networks),
        "constraint": constraint((800, 300), (240, 0)),
    }


def _previews() -> dict[str, Placed]:
    return {
        "chart": show(("pose", 1), (1200, 0), "Body parts", (230, 0)),
        "garment": place("MaskPreview", (1200, 100), (230, 0), "Garment", mask=("regions", 1)),
        "generated": show(("inversion", 0), (1200, 200), "Generated figure", (230, 0)),
        "losses": show(("inversion", 2), (2000, 200), "Losses", (280, 0)),
        "result": save(("stitch", 0), (2000, 100), size=(280, 300)),
        "report": report(("inversion", 3), (1600, 100), (300, 160)),
    }
