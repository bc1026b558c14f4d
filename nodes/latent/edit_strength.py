"""Edit Strength: an edit made weaker or stronger after the fact."""

from __future__ import annotations

from comfy_api.latest import io

from ...fice.edits import GroupStrengths
from ..host.models import HostModel, normal_tensors
from ..host.pairing import require_pair
from ..host.wires import GeneratorWire, WPlus, WPlusWire
from .layer_strengths import blended, drawn, group_inputs, strength_input


class EditStrength(io.ComfyNode):
    """Goes only part of the way from the photo to its edit, or beyond."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """What the host shows of the node."""
        return io.Schema(
            node_id="FICEEditStrength",
            display_name="Edit Strength",
            category="FICE/latent",
            description="Makes a finished edit weaker or stronger, for each layer group by itself. "
            "It takes one drawing; nothing is optimised again.",
            search_aliases=["edit amount", "latent strength", "layer strength", "fice"],
            inputs=[
                GeneratorWire.Input("generator", tooltip="The generator both W+ are for."),
                WPlusWire.Input(
                    "start", display_name="start W+", tooltip="Before: from Invert Image."
                ),
                WPlusWire.Input(
                    "edited",
                    display_name="edited W+",
                    tooltip="After: from CLIP-Guided Inversion.",
                ),
                strength_input(
                    "strength",
                    1.0,
                    "0 is the photo as the generator draws it, 1 the edit, 1.5 half as much again, "
                    "a negative number the opposite.",
                ),
                *group_inputs(),
            ],
            outputs=[
                io.Image.Output("image", display_name="image", tooltip="The figure, for Stitch."),
                WPlusWire.Output("wplus", display_name="W+", tooltip="Its latent codes."),
            ],
        )

    @classmethod
    def execute(
        cls,
        generator: HostModel,
        start: WPlus,
        edited: WPlus,
        strength: float,
        pose_strength: float,
        shape_strength: float,
        texture_strength: float,
    ) -> io.NodeOutput:
        """Draws once per image."""
        require_pair(generator, start)
        require_pair(generator, edited)
        groups = GroupStrengths(pose_strength, shape_strength, texture_strength)
        with normal_tensors():
            ws = blended(start.ws, edited.ws, strength, groups, generator.model)
            return drawn(generator, ws)
