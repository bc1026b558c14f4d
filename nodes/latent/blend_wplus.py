"""Blend W+: a figure between two others."""

from __future__ import annotations

from comfy_api.latest import io

from ...fice.edits import GroupStrengths
from ..host.models import HostModel, normal_tensors
from ..host.pairing import require_pair
from ..host.wires import GeneratorWire, WPlus, WPlusWire
from .layer_strengths import blended, drawn, group_inputs, strength_input


class BlendWPlus(io.ComfyNode):
    """Mixes latent codes, layer group by layer group."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """What the host shows of the node."""
        return io.Schema(
            node_id="FICEBlendWPlus",
            display_name="Blend W+",
            category="FICE/latent",
            description="Mixes two figures: the pose of one, the garment of the other, or anything "
            "between.",
            search_aliases=["mix latents", "style mixing", "interpolate", "fice"],
            inputs=[
                GeneratorWire.Input("generator", tooltip="The generator both W+ are for."),
                WPlusWire.Input("a", display_name="W+ a", tooltip="The figure at amount 0."),
                WPlusWire.Input("b", display_name="W+ b", tooltip="The figure at amount 1."),
                strength_input("amount", 0.5, "How much of b: 0 is a, 1 is b; beyond exaggerates."),
                *group_inputs(),
            ],
            outputs=[
                io.Image.Output("image", display_name="image", tooltip="The mixed figure."),
                WPlusWire.Output("wplus", display_name="W+", tooltip="Its latent codes."),
            ],
        )

    @classmethod
    def execute(
        cls,
        generator: HostModel,
        a: WPlus,
        b: WPlus,
        amount: float,
        pose_strength: float,
        shape_strength: float,
        texture_strength: float,
    ) -> io.NodeOutput:
        """Draws once per image."""
        require_pair(generator, a)
        require_pair(generator, b)
        groups = GroupStrengths(pose_strength, shape_strength, texture_strength)
        with normal_tensors():
            return drawn(generator, blended(a.ws, b.ws, amount, groups, generator.model))
