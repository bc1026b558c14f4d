"""Generate from W+: the image of latent codes."""

from __future__ import annotations

import torch
from comfy_api.latest import io, ui

from ..host.models import HostModel, normal_tensors, on_device
from ..host.pairing import require_pair
from ..host.wires import GeneratorWire, WPlus, WPlusWire, image_out


class GenerateFromWPlus(io.ComfyNode):
    """Draws the images of latent codes."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """What the host shows of the node."""
        return io.Schema(
            node_id="FICEGenerate",
            display_name="Generate from W+",
            category="FICE/latent",
            description="Draws the figure of a W+.",
            search_aliases=["synthesize", "decode latent", "stylegan", "fice"],
            inputs=[
                GeneratorWire.Input("generator", tooltip="The generator the W+ is for."),
                WPlusWire.Input(
                    "wplus",
                    display_name="W+",
                    tooltip="From Sample W+, Invert Image or CLIP-Guided Inversion.",
                ),
            ],
            outputs=[io.Image.Output("image", display_name="image", tooltip="One figure per W+.")],
        )

    @classmethod
    def execute(cls, generator: HostModel, wplus: WPlus) -> io.NodeOutput:
        """Draws one image after another, which bounds the memory."""
        require_pair(generator, wplus)
        with normal_tensors():
            device = on_device(generator)
            images = [
                image_out(generator.model.synthesize(ws.to(device))) for ws in wplus.ws.split(1)
            ]
        pictures = torch.cat(images)
        return io.NodeOutput(pictures, ui=ui.PreviewImage(pictures))
