"""All six stages, every network from a loader of its own."""

from __future__ import annotations

from tools.workflows.parts import DEMO, constraint, inversion, photo, report, save, show, stitch
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
        "inversion": inversion((1060, 0), text, LINKS),
        "stitch": stitch((1980, 0), size=(420, 170)),
        **_previews(),
    }
    return Scene(nodes, NOTE, (-420, 0, 380, 330), "result")


def _loaders() -> dict[str, Placed]:
    return {
        name: place(kind, (0, 420 + 130 * row), (300, 90), title, weights=DEMO)
        for row, (name, (kind, title)) in enumerate(LOADERS.items())
    }


def _looked_at() -> dict[str, Placed]:
    seen: dict[str, Link] = {"image": ("photo", 0)}
    networks: dict[str, Link] = {"generator": ("generator", 0), "encoder": ("encoder", 0)}
    return {
        "pose": place("FICEDensePose", (380, 0), (260, 110), **seen, densepose=("densepose", 0)),
        "regions": place(
            "FICESegmentGarment", (380, 440), (260, 130), **seen, segmenter=("segmenter", 0)
        ),
        "start": place("FICEInvertImage", (380, 830), (260, 130), **seen, **networks),
        "constraint": constraint((700, 830), (280, 130)),
    }


def _previews() -> dict[str, Placed]:
    return {
        "chart": show(("pose", 1), (700, 0), "Body parts"),
        "garment": place("MaskPreview", (700, 440), (260, 280), "Garment", mask=("regions", 1)),
        "generated": show(("inversion", 0), (1480, 0), "Generated figure", (420, 440)),
        "losses": show(("inversion", 2), (1480, 530), "Losses", (420, 300)),
        "result": save(("stitch", 0), (1980, 260), size=(420, 480)),
        "report": report(("inversion", 3), (1980, 830), (420, 240)),
    }
