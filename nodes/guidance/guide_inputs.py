"""What all guide nodes have in common."""

from __future__ import annotations

from comfy_api.latest import io

from ..host.wires import ClipWire, GuidanceWire

MAX_WEIGHT = 1000.0


def guide_inputs() -> list[io.Input]:
    """Weight, model, and the chain."""
    return [
        io.Float.Input(
            "weight",
            default=1.0,
            min=0.0,
            max=MAX_WEIGHT,
            step=0.05,
            tooltip="How much it counts; the text of the inversion has clip_weight.",
        ),
        ClipWire.Input(
            "clip",
            optional=True,
            tooltip="The CLIP model that judges it. Unlinked: that of the inversion.",
        ),
        GuidanceWire.Input(
            "guidance", optional=True, tooltip="Other guides; this one is added to them."
        ),
    ]


def guide_output() -> io.Output:
    """The longer chain."""
    return GuidanceWire.Output(
        "guidance_out",
        display_name="guidance",
        tooltip="For CLIP-Guided Inversion, or another guide.",
    )
