"""What all nodes that edit by optimisation have in common: networks, what they saw, the seed."""

from __future__ import annotations

from typing import Any

from comfy_api.latest import io

from ..host.wires import ClipWire, GeneratorWire, PoseWire, RegionsWire, SettingsWire

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


def anyway_input(**options: Any) -> io.Input:  # noqa: ANN401 - whatever the host's input takes
    """Whether to go on with a photo that the networks do not know.

    Args:
        options: for the host's input.
    """
    return io.Boolean.Input(
        "anyway",
        default=False,
        tooltip="Go on with a photo that the models do not know, though they draw it badly. Off: "
        "it is refused before the steps begin. So far this is known of the demo set only.",
        **{"optional": True, "advanced": True, **options},
    )


def preview_input(**options: Any) -> io.Input:  # noqa: ANN401
    """How often the picture is shown.

    Args:
        options: for the host's input.
    """
    return io.Int.Input(
        "preview_every",
        display_name="preview every",
        default=5,
        min=0,
        max=1000,
        tooltip="Steps between two live previews, 0 for none.",
        **options,
    )


def keep_on_cancel_input(**options: Any) -> io.Input:  # noqa: ANN401
    """What Cancel does.

    Args:
        options: for the host's input.
    """
    return io.Boolean.Input(
        "keep_on_cancel",
        display_name="keep on cancel",
        default=False,
        tooltip="Cancel ends the inversion with the best so far, and the graph goes on; the "
        "rest of a batch stays as it was. Off: Cancel ends everything.",
        **options,
    )


def settings_input(**options: Any) -> io.Input:  # noqa: ANN401
    """A link to Inversion Settings.

    Args:
        options: for the host's input.
    """
    return SettingsWire.Input(
        "settings",
        optional=True,
        tooltip="From Inversion Settings, to set single numbers. Unlinked: all as the recipe says.",
        **options,
    )
