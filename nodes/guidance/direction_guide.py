"""Direction Guide: the change from one text to another."""

from __future__ import annotations

from comfy_api.latest import io

from ...fice.base.errors import TextError
from ...fice.guidance.guides import DirectionGuide as Guide
from ..host.models import HostModel
from ..host.wires import LinkedGuide
from .guide_inputs import guide_inputs, guide_output


class DirectionGuide(io.ComfyNode):
    """Adds a change of text to the guides that came in."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """What the host shows of the node."""
        return io.Schema(
            node_id="FICEDirectionGuide",
            display_name="Direction Guide",
            category="FICE/guidance",
            description="Asks CLIP-Guided Inversion to change the photo as one text changes to "
            "another: what both texts share is not pulled at.",
            search_aliases=["directional clip loss", "source text", "stylegan nada", "fice"],
            inputs=[
                io.String.Input(
                    "source_text",
                    display_name="source text",
                    multiline=True,
                    default="a person in a shirt",
                    tooltip="What the photo shows.",
                ),
                io.String.Input(
                    "target_text",
                    display_name="target text",
                    multiline=True,
                    default="a person in a red shirt",
                    tooltip="The same sentence with the difference that you want.",
                ),
                *guide_inputs(),
            ],
            outputs=[guide_output()],
        )

    @classmethod
    def execute(
        cls,
        source_text: str,
        target_text: str,
        weight: float,
        clip: HostModel | None = None,
        guidance: tuple[LinkedGuide, ...] = (),
    ) -> io.NodeOutput:
        """Appends; nothing is computed before the inversion."""
        if not (source_text.strip() and target_text.strip()):
            raise TextError("Direction Guide needs two texts: what the photo shows, and the wish.")
        guide = Guide(source_text, target_text, weight)
        return io.NodeOutput((*guidance, LinkedGuide(guide, clip)))
