"""What all nodes that edit by optimisation have in common: networks, what they saw, the seed."""

from __future__ import annotations

from comfy_api.latest import io

from ..host.wires import ClipWire, GeneratorWire, PoseWire, RegionsWire

MAX_SEED = 0xFFFFFFFFFFFFFFFF
MAX_STEPS = 5000


def network_inputs() -> list[io.Input]:
    """Generator and CLIP guide."""
    return [
        GeneratorWire.Input("generator", tooltip="From Load StyleGAN2 or Load Model Set."),
        ClipWire.Input("clip", tooltip="From Load CLIP Guide or Load Model Set."),
    ]


def held_inputs() -> list[io.Input]:
    """What stays as it is in the photo."""
    return [
        PoseWire.Input(
            "pose",
            optional=True,
            tooltip="From DensePose. Unlinked: pose and figure may change.",
        ),
        RegionsWire.Input(
            "regions",
            optional=True,
            tooltip="From Segment Garment. Unlinked: head and background may change.",
        ),
    ]


def seed_input(more: str = "") -> io.Input:
    """The seed.

    Args:
        more: added to its tooltip.
    """
    return io.Int.Input(
        "seed",
        default=0,
        min=0,
        max=MAX_SEED,
        control_after_generate=True,
        tooltip=f"Another number is another try.{more}",
    )


def empty_text(text: str | None) -> bool | str:
    """True, or a sentence if `text` is empty; None is a text that is linked and not yet known."""
    if text is None or text.strip():
        return True
    return "The text is empty: write what the garment should be, e.g. 'a red dress'."


def anyway_input() -> io.Input:
    """Whether to go on with a photo that the networks do not know."""
    return io.Boolean.Input(
        "anyway",
        default=False,
        tooltip="Go on with a photo that the models do not know, though they draw it badly. Off: "
        "it is refused before the steps begin. So far this is known of the demo set only.",
        optional=True,
        advanced=True,
    )
