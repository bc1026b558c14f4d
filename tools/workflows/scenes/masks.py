"""What may change comes from core mask nodes."""

from __future__ import annotations

from dataclasses import replace

from tools.workflows.parts import LOOKED_AT, inversion, look, photo, save, stitch
from tools.workflows.scene import Placed, Scene, place

TORSO_COLOUR = 0x1450C2  # of the front of the torso on the chart of DensePose, as 0xRRGGBB
NOTE = (
    "## A mask of other nodes\n"
    "Any MASK may say what changes: here core nodes pick the torso by its colour on the chart of "
    "DensePose. Put SAM3 Detect, or whatever you segment with, in place of *Convert Image Color to "
    "Mask*."
)


def mask_of_others() -> Scene:
    """The torso on the chart of the pose, grown a little."""
    seen = look()
    regions = seen["regions"]
    seen["regions"] = replace(regions, inputs={**regions.inputs, "mask": ("grown", 0)})
    nodes = {
        "photo": photo((0, 0)),
        **seen,
        **_mask(),
        "inversion": inversion((1200, 0), "a yellow top with black stripes"),
        "stitch": stitch((1600, 0)),
        "result": save(("stitch", 0), (1600, 100)),
    }
    captions = (*LOOKED_AT, "more: What may change", "wish: The wish", "result: The result")
    return Scene(nodes, NOTE, (0, 200, 260, 260), "result", captions=captions)


def _mask() -> dict[str, Placed]:
    torso = {"image": ("pose", 1), "color": TORSO_COLOUR}
    grown = {"mask": ("torso", 0), "expand": 6, "tapered_corners": True}
    title = "The torso on the chart"
    return {
        "torso": place("ImageColorToMask", (800, 0), (280, 0), title, **torso),
        "grown": place("GrowMask", (800, 100), (280, 0), **grown),
        "mask_shown": place(
            "MaskPreview", (800, 200), (280, 300), "What may change", mask=("grown", 0)
        ),
    }
