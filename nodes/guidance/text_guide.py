"""Text Guide: one more text for an inversion."""

from __future__ import annotations

from comfy_api.latest import io

from ...fice.base.errors import TextError
from ...fice.guidance.guides import TextGuide as Guide
from ..host.models import HostModel
from ..host.wires import LinkedGuide
from .guide_inputs import guide_inputs, guide_output

AWAY = "away from it"
WAYS = ("towards it", AWAY)


class TextGuide(io.ComfyNode):
    """Adds a text, with a weight of its own, to those that came in."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """What the host shows of the node."""
        return io.Schema(
            node_id="FICETextGuide",
            display_name="Text Guide",
            category="FICE/guidance",
            description="One more text for CLIP-Guided Inversion, with a weight of its own. Chain "
            "several to combine them.",
            search_aliases=["prompt weight", "negative prompt", "clip loss", "fice"],
            inputs=[
                io.String.Input(
                    "text",
                    multiline=True,
                    default="a dress with long sleeves",
                    tooltip="What the picture should look like, or not look like.",
                ),
                io.Combo.Input(
                    "move",
                    options=list(WAYS),
                    default=WAYS[0],
                    tooltip="Towards the text, or away from it.",
                ),
                *guide_inputs(),
            ],
            outputs=[guide_output()],
        )

    @classmethod
    def execute(
        cls,
        text: str,
        move: str,
        weight: float,
        clip: HostModel | None = None,
        guidance: tuple[LinkedGuide, ...] = (),
    ) -> io.NodeOutput:
        """Appends; nothing is computed before the inversion."""
        if not text.strip():
            raise TextError("The text of Text Guide is empty: write what the picture should show.")
        guide = Guide(text, weight, away=move == AWAY)
        return io.NodeOutput((*guidance, LinkedGuide(guide, clip)))
