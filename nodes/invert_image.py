"""Invert Image: the latent codes that draw a photo."""

from __future__ import annotations

import torch
from comfy_api.latest import io
from torch import Tensor

from ..fice.images import resize
from ..fice.inversion import InversionConfig, invert
from ..fice.losses import ImageTerm
from ..fice.photo import take_photo
from ..fice.types import WeightedTerm
from .host import HostModel, Progress, normal_tensors, on_device, to_host
from .pairing import require_encoder
from .wires import EncoderWire, GeneratorWire, WPlus, WPlusWire, image_in, image_out

MAX_STEPS = 5000
LEARNING_RATE = 0.02


class InvertImage(io.ComfyNode):
    """Finds the W+ of a photo."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """What the host shows of the node."""
        return io.Schema(
            node_id="FICEInvertImage",
            display_name="Invert Image",
            category="FICE/stages",
            description="Finds the latent codes with which the generator draws the photo best: the "
            "start of an edit.",
            search_aliases=["gan inversion", "encode image", "e4e", "projector", "fice"],
            inputs=[
                io.Image.Input("image", tooltip="The photo of one person."),
                GeneratorWire.Input("generator", tooltip="From Load StyleGAN2 or Load Model Set."),
                EncoderWire.Input(
                    "encoder", tooltip="The encoder of that generator, from the same model set."
                ),
                io.Int.Input(
                    "refine_steps",
                    default=0,
                    min=0,
                    max=MAX_STEPS,
                    tooltip="Gradient steps after the encoder that bring the picture closer to the "
                    "photo. 0 is FICE's way and leaves W+ easier to edit.",
                ),
                io.Int.Input(
                    "preview_every",
                    default=10,
                    min=0,
                    max=1000,
                    tooltip="Steps between two live previews, 0 for none.",
                    advanced=True,
                ),
            ],
            outputs=[
                WPlusWire.Output(
                    "wplus", display_name="W+", tooltip="The start of CLIP-Guided Inversion."
                ),
                io.Image.Output(
                    "reconstruction",
                    display_name="reconstruction",
                    tooltip="The photo as the generator draws it; far off means that the generator "
                    "does not know such photos.",
                ),
            ],
        )

    @classmethod
    def execute(
        cls,
        image: Tensor,
        generator: HostModel,
        encoder: HostModel,
        refine_steps: int,
        preview_every: int,
    ) -> io.NodeOutput:
        """Inverts one photo after another."""
        require_encoder(generator, encoder)
        with normal_tensors():
            model = generator.model
            height, width = model.resolution
            device = on_device(generator, encoder, pixels=height * width * bool(refine_steps))
            photo = resize(take_photo(image_in(image), model), model.resolution)
            progress = Progress(max(refine_steps, 1) * len(photo), preview_every)
            found = []
            for one in photo.split(1):
                start = encoder.model(one)
                found.append(_refined(generator, one, start, refine_steps, progress))
            ws = to_host(torch.cat(found))
            drawn = torch.cat([image_out(model.synthesize(w.to(device))) for w in ws.split(1)])
        return io.NodeOutput(WPlus(ws, model.fingerprint), drawn)


def _refined(
    generator: HostModel, photo: Tensor, ws: Tensor, steps: int, progress: Progress
) -> Tensor:
    """`ws` after `steps` gradient steps towards `photo`."""
    if steps == 0:
        return ws
    pixels = WeightedTerm(ImageTerm(photo, torch.ones_like(photo[:, :1])), 1.0)
    config = InversionConfig(
        steps=steps, learning_rate=LEARNING_RATE, schedule="warmup_cosine", whiten=False
    )
    for step in invert(generator.model, ws, [pixels], config):
        progress.step(step.image[0])
        ws = step.ws
    return ws
