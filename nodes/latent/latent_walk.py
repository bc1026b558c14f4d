"""Latent Walk: the pictures on the way from figure to figure."""

from __future__ import annotations

import torch
from comfy_api.latest import io
from torch import Tensor

from ...fice.base.errors import FiceError
from ...fice.edits import walk
from ..host.models import HostModel, normal_tensors, on_device
from ..host.pairing import require_pair
from ..host.progress import Progress
from ..host.wires import GeneratorWire, WPlus, WPlusWire, image_out

MOST_FRAMES = 4096


class LatentWalk(io.ComfyNode):
    """Draws a batch of frames between latent codes."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """What the host shows of the node."""
        return io.Schema(
            node_id="FICELatentWalk",
            display_name="Latent Walk",
            category="FICE/latent",
            description="Turns one figure into the next, frame by frame, for a video.",
            search_aliases=["interpolation video", "latent interpolation", "morph", "fice"],
            inputs=[
                GeneratorWire.Input("generator", tooltip="The generator the W+ are for."),
                WPlusWire.Input(
                    "wplus",
                    display_name="W+",
                    tooltip="Where the walk begins; it passes through each figure of a batch.",
                ),
                WPlusWire.Input(
                    "to",
                    optional=True,
                    display_name="to W+",
                    tooltip="Where it goes on to, e.g. the edit. Unlinked: the batch is all.",
                ),
                io.Int.Input(
                    "frames", default=24, min=2, max=MOST_FRAMES, tooltip="Pictures in all."
                ),
                io.Boolean.Input(
                    "loop",
                    default=False,
                    tooltip="Walk back to the beginning, so that the video can repeat.",
                ),
            ],
            outputs=[
                io.Image.Output(
                    "images",
                    display_name="images",
                    tooltip="One picture per frame, for Save Animated WEBP or Create Video.",
                )
            ],
        )

    @classmethod
    def execute(
        cls, generator: HostModel, wplus: WPlus, frames: int, loop: bool, to: WPlus | None = None
    ) -> io.NodeOutput:
        """Draws one frame after another."""
        stops: list[Tensor] = []
        for one in (wplus, to):
            if one is not None:
                require_pair(generator, one)
                stops.extend(one.ws.split(1))
        if len(stops) < 2:
            raise FiceError(
                "There is only one figure, so there is nowhere to walk: link 'to', or a W+ with "
                "several figures, e.g. from Sample W+."
            )
        with normal_tensors():
            device = on_device(generator)
            progress = Progress(frames, 1)
            images: list[Tensor] = []
            for ws in walk(stops, frames, loop=loop):
                image = generator.model.synthesize(ws.to(device))
                progress.step(image[0])
                images.append(image_out(image))
        return io.NodeOutput(torch.cat(images))
