"""Picture Guide: a picture to look like."""

from __future__ import annotations

from comfy_api.latest import io
from torch import Tensor

from ...fice.guidance.guides import PictureGuide as Guide
from ..host.models import HostModel, normal_tensors
from ..host.wires import LinkedGuide, image_in
from .guide_inputs import guide_inputs, guide_output


class PictureGuide(io.ComfyNode):
    """Adds a picture to the guides that came in."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """What the host shows of the node."""
        return io.Schema(
            node_id="FICEPictureGuide",
            display_name="Picture Guide",
            category="FICE/guidance",
            description="Draws CLIP-Guided Inversion to what CLIP sees in another picture, e.g. a "
            "person in the garment you want.",
            search_aliases=["image prompt", "reference image", "clip image", "fice"],
            inputs=[
                io.Image.Input(
                    "picture",
                    tooltip="What to look like; of a batch, what its pictures have in common.",
                ),
                *guide_inputs(),
            ],
            outputs=[guide_output()],
        )

    @classmethod
    def execute(
        cls,
        picture: Tensor,
        weight: float,
        clip: HostModel | None = None,
        guidance: tuple[LinkedGuide, ...] = (),
    ) -> io.NodeOutput:
        """Appends; nothing is computed before the inversion."""
        with normal_tensors():
            guide = Guide(image_in(picture, "The picture"), weight)
        return io.NodeOutput((*guidance, LinkedGuide(guide, clip)))
