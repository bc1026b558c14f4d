"""Segment Garment: which pixels are garment, head and background."""

from __future__ import annotations

import dataclasses
import logging

import torch
from comfy_api.latest import io
from torch import Tensor

from ...fice.base.frame import Frame
from ...fice.base.images import resize
from ...fice.base.trained_size import regions_of
from ...fice.base.types import map_each
from ...fice.framing import crop
from ..host.models import HostModel, normal_tensors, on_device, to_host
from ..host.progress import Work
from ..host.told import tell
from ..host.wires import (
    FrameWire,
    RegionMap,
    RegionsWire,
    SegmenterWire,
    batched,
    image_in,
    mask_in,
    mask_out,
    one_per_mask,
)

HALF = 0.5


class SegmentGarment(io.ComfyNode):
    """Splits a photo into garment, head and background."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """What the host shows of the node."""
        return io.Schema(
            node_id="FICESegmentGarment",
            display_name="Segment Garment",
            category="FICE/stages",
            description="Finds garment, head and background. A mask of your own, from any node, "
            "takes the place of the garment.",
            search_aliases=["human parsing", "clothes mask", "segment clothes", "fice"],
            inputs=[
                io.Image.Input("image", tooltip="The photo of one person."),
                SegmenterWire.Input(
                    "segmenter", tooltip="From Load Garment Segmenter or Load Model Set."
                ),
                io.Mask.Input(
                    "mask",
                    optional=True,
                    tooltip="What counts as garment instead of what the network finds, white = "
                    "may change. From any node; it is resized to the photo. Several masks for one "
                    "photo give one result each.",
                ),
                FrameWire.Input(
                    "frame",
                    optional=True,
                    tooltip="From Crop to Generator Frame, if the mask was drawn on the whole "
                    "photo: it is cropped like the photo.",
                ),
            ],
            outputs=[
                RegionsWire.Output(
                    "regions",
                    display_name="regions",
                    tooltip="For CLIP-Guided Inversion, which keeps what lies outside, and Stitch.",
                ),
                io.Mask.Output("garment", display_name="garment", tooltip="What may change."),
                io.Mask.Output("head", display_name="head", tooltip="Face, hair and neck."),
                io.Mask.Output(
                    "background", display_name="background", tooltip="All but the person."
                ),
            ],
        )

    @classmethod
    def execute(
        cls,
        image: Tensor,
        segmenter: HostModel,
        mask: Tensor | None = None,
        frame: tuple[Frame, ...] | None = None,
    ) -> io.NodeOutput:
        """Looks at each photo of the batch."""
        with normal_tensors():
            photo = one_per_mask(image_in(image), mask)
            own = None
            if mask is not None:
                own = _own_mask(mask, photo, frame)
            Work().part("Looking for the garment…")
            device = on_device(segmenter)
            seen = map_each(regions_of(photo.to(device), segmenter.model), to_host)
            if own is not None:
                seen = dataclasses.replace(seen, garment=to_host(own))
            regions = RegionMap(segmenter, photo, seen, own)
        tell(*([] if own is not None else _none_found(seen.garment)))
        masks = (mask_out(seen.garment), mask_out(seen.head), mask_out(seen.background))
        return io.NodeOutput(regions, *masks)


def _none_found(garment: Tensor) -> list[str]:
    """A sentence for each photo in which nothing is garment."""

    def which(index: int) -> str:
        return "the photo" if len(garment) == 1 else f"photo {index} of the batch"

    empty = [index for index, one in enumerate(garment) if not (one > HALF).any()]
    said = [
        f"No garment is found in {which(index)}: link a mask of what may change, or use another "
        "segmenter."
        for index in empty
    ]
    for sentence in said:
        logging.warning("Segment Garment: %s", sentence)
    return said


def _own_mask(mask: Tensor, photo: Tensor, frame: tuple[Frame, ...] | None) -> Tensor:
    """The artist's mask, `[B, 1, H, W]` at the size of the photo, which may be a crop."""
    if frame is None:
        return batched(mask_in(mask, photo.shape[-2:]), len(photo), "The mask")
    frames = frame * (len(photo) // len(frame)) if len(frame) < len(photo) else frame
    whole = batched(mask_in(mask, frame[0].photo_size), len(frames), "The mask")
    cropped = [crop(one, which) for one, which in zip(whole.split(1), frames, strict=True)]
    return batched(resize(torch.cat(cropped), photo.shape[-2:]), len(photo), "The frame")
