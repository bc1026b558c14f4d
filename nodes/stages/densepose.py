"""DensePose: where each part of the body is."""

from __future__ import annotations

import logging

import cv2
import numpy as np
import torch
from comfy_api.latest import io
from torch import Tensor

from ...fice.base.errors import NobodyError
from ...fice.base.images import resize, to_float
from ...fice.networks.perceptors.densepose_box import boxes_around
from ..host.body_parts import body_parts
from ..host.models import HostModel, normal_tensors
from ..host.progress import Work
from ..host.wires import (
    ChartNetworkWire,
    Pose,
    PoseWire,
    batched,
    image_in,
    image_out,
    mask_in,
    mask_out,
    one_per_mask,
)

NUM_PARTS = 24
MIN_BODY = 0.005  # of the picture; less is noise of the network and not a person


class DensePose(io.ComfyNode):
    """Charts the body in a photo."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """What the host shows of the node."""
        return io.Schema(
            node_id="FICEDensePose",
            display_name="DensePose",
            category="FICE/stages",
            description="Finds the 24 parts of the body, so that an edit keeps pose and figure.",
            search_aliases=["pose", "body parts", "body shape", "fice"],
            inputs=[
                io.Image.Input("image", tooltip="The photo of one person."),
                ChartNetworkWire.Input(
                    "densepose", tooltip="From Load DensePose or Load Model Set."
                ),
                io.Mask.Input(
                    "person",
                    optional=True,
                    tooltip="The person to look at, white, where there are several or one is "
                    "small; only the box around it counts. Unlinked: the whole photo.",
                ),
            ],
            outputs=[
                PoseWire.Output(
                    "pose",
                    display_name="pose",
                    tooltip="For CLIP-Guided Inversion: keeps pose and figure.",
                ),
                io.Image.Output(
                    "chart",
                    display_name="chart",
                    tooltip="The parts of the body, one colour each, on black.",
                ),
                io.Mask.Output("body", display_name="body", tooltip="Where the person is."),
            ],
        )

    @classmethod
    def execute(
        cls, image: Tensor, densepose: HostModel, person: Tensor | None = None
    ) -> io.NodeOutput:
        """Looks at each photo of the batch."""
        with normal_tensors():
            photo = one_per_mask(image_in(image), person)
            Work().part("Looking at the body…")
            boxes = None
            if person is not None:
                mask = mask_in(person, photo.shape[-2:], "The mask of the person")
                boxes = boxes_around(batched(mask, len(photo), "The mask of the person"))
            pose = Pose(densepose, photo, boxes)
            parts = body_parts(pose)
            body = resize((parts > 0).float(), photo.shape[-2:])
            _require_person(body)
            shown = torch.nn.functional.interpolate(parts, photo.shape[-2:], mode="nearest")
        return io.NodeOutput(pose, image_out(colour_parts(shown)), mask_out(body))


def colour_parts(parts: Tensor) -> Tensor:
    """Part ids `[B, 1, H, W]` in DensePose's customary colours, `[B, 3, H, W]` in [0, 1]."""
    levels = (parts.squeeze(1) * (255.0 / NUM_PARTS)).round().to("cpu", torch.uint8).numpy()
    coloured = np.stack([cv2.applyColorMap(one, cv2.COLORMAP_PARULA)[..., ::-1] for one in levels])
    return to_float(np.ascontiguousarray(coloured)) * (parts > 0).cpu()


def _require_person(body: Tensor) -> None:
    share = body.flatten(1).mean(1)
    missing = [index for index, found in enumerate(share.tolist()) if found < MIN_BODY]
    if len(missing) == len(share):
        raise NobodyError(
            "DensePose finds no person in the photo. Use one that shows one person, upright and "
            "from head to hip at least; if they fill only a part of it, link a mask of them to "
            "'person'."
        )
    for index in missing:  # the others of a batch go on
        logging.warning("DensePose finds no person in photo %d of the batch.", index)
