"""Crop to Generator Frame: from a photo of any size to what the generator knows."""

from __future__ import annotations

import logging
from dataclasses import replace

import torch
from comfy_api.latest import io
from torch import Tensor

from ...fice.base.errors import ImageError, NobodyError
from ...fice.base.frame import Box, Frame, Padding, Size
from ...fice.base.types import Synthesizer
from ...fice.framing import (
    TIGHT,
    crop,
    frame_from_box,
    overview,
    zoomed,
)
from ...fice.pipeline.frames import frame_people, others_left, pictures_drawn, remarks_on
from ...fice.pipeline.photo import has_proportions
from ..host.body_parts import body_parts
from ..host.models import HostModel, normal_tensors, on_device
from ..host.pairing import require_encoder
from ..host.progress import Looks, Work
from ..host.told import is_on_its_own, tell
from ..host.watched import Interruptible, Watched
from ..host.wires import (
    MAX_PHOTO_SIDE,
    EncoderWire,
    FrameWire,
    GeneratorWire,
    Pose,
    PoseWire,
    SegmenterWire,
    batched,
    image_in,
    image_out,
    mask_in,
    one_per_mask,
)

IF_NEEDED = "person, if needed"
PERSON = "person"
WHOLE = "whole photo"
BY_HAND = "box by hand"
WAYS = (IF_NEEDED, PERSON, WHOLE, BY_HAND)
PADDINGS = ("edge", "reflect", "white")


class CropToFrame(io.ComfyNode):
    """Takes the part of a photo that shows a person as the generator knows people."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """What the host shows of the node."""
        return io.Schema(
            node_id="FICECropToFrame",
            display_name="Crop to Generator Frame",
            category="FICE/frame",
            description="Cuts a person out of a photo of any size, at the size and with the "
            "framing that the generator knows. Stitch puts the result back.",
            search_aliases=["crop person", "align", "frame", "resize", "uncrop", "fice"],
            inputs=[
                io.Image.Input("image", tooltip="The photo, of any size and proportions."),
                GeneratorWire.Input("generator", tooltip="From Load StyleGAN2 or Load Model Set."),
                SegmenterWire.Input(
                    "segmenter",
                    optional=True,
                    tooltip="Finds the person anywhere in the photo, and learns from the "
                    "generator how people stand in its pictures.",
                ),
                PoseWire.Input(
                    "pose",
                    optional=True,
                    tooltip="From DensePose of the whole photo: frames the person that it saw.",
                ),
                io.Mask.Input(
                    "mask",
                    optional=True,
                    tooltip="The whole person in white, from any node; goes before pose and "
                    "segmenter.",
                ),
                io.Combo.Input(
                    "frame_from",
                    display_name="frame from",
                    options=list(WAYS),
                    default=IF_NEEDED,
                    tooltip="person, if needed: all of a photo that has the generator's "
                    "proportions, else the person. person: always look for one. whole photo: all "
                    "of it, with borders. box by hand: the four numbers below.",
                ),
                io.Int.Input(
                    "person",
                    default=0,
                    min=0,
                    max=99,
                    tooltip="Which one, if there are several: 0 is the largest.",
                ),
                io.Float.Input(
                    "scale",
                    default=1.0,
                    min=0.25,
                    max=4.0,
                    step=0.05,
                    tooltip="More than 1 shows more around the person, less shows less.",
                ),
                *(_side(name, text) for name, text in SIDES.items()),
                io.Combo.Input(
                    "padding",
                    options=list(PADDINGS),
                    default=PADDINGS[0],
                    tooltip="What the crop shows where the photo has ended.",
                    advanced=True,
                ),
                EncoderWire.Input(
                    "encoder",
                    optional=True,
                    tooltip="The encoder of the generator: several sizes are tried, and the one "
                    "that both draw best is taken. Makes the segmenter's frames much surer.",
                ),
            ],
            outputs=[
                io.Image.Output(
                    "crop",
                    display_name="crop",
                    tooltip="The person at the size of the generator, for all other stages.",
                ),
                FrameWire.Output(
                    "frame", display_name="frame", tooltip="Where the crop lies; for Stitch."
                ),
                io.Image.Output(
                    "overview", display_name="overview", tooltip="The photo with the frame on it."
                ),
            ],
        )

    @classmethod
    def execute(  # noqa: PLR0913 - the host gives one argument per input
        cls,
        image: Tensor,
        generator: HostModel,
        frame_from: str,
        person: int,
        scale: float,
        left: int,
        top: int,
        width: int,
        height: int,
        padding: str,
        segmenter: HostModel | None = None,
        pose: Pose | None = None,
        mask: Tensor | None = None,
        encoder: HostModel | None = None,
    ) -> io.NodeOutput:
        """Frames each photo of the batch by itself."""
        with normal_tensors():
            photo = one_per_mask(image_in(image, largest=MAX_PHOTO_SIDE), mask)
            Work().part("Looking for the person…")
            model = generator.model
            whole = frame_from == WHOLE or (
                frame_from == IF_NEEDED and mask is None and has_proportions(photo, model)
            )
            if frame_from == BY_HAND:
                box = (left, top, left + width, top + height)
                found = [_around(box, photo, model.resolution)] * len(photo)
            elif whole:
                found = [_all_of(photo, model)] * len(photo)
            else:
                found = _people(photo, generator, segmenter, encoder, pose, mask, person)
            for sentence in remarks_on(found):
                logging.warning("Crop to Generator Frame: %s", sentence)
            frames = tuple(_adjusted(one, scale, padding) for one in found)
            pairs = list(zip(photo.split(1), frames, strict=True))
            crops = torch.cat([image_out(crop(one, frame)) for one, frame in pairs])
            shown = torch.cat([image_out(overview(one, frame)) for one, frame in pairs])
        tell(*others_left(frames), *remarks_on(frames))
        return io.NodeOutput(crops, frames, shown)


def _size(photo: Tensor) -> Size:
    return photo.shape[-2], photo.shape[-1]


def _around(box: Box, photo: Tensor, size: Size) -> Frame:
    return frame_from_box(box, _size(photo), size, TIGHT)


def _all_of(photo: Tensor, synthesizer: Synthesizer) -> Frame:
    height, width = _size(photo)
    if has_proportions(photo, synthesizer):
        return Frame.whole((height, width), synthesizer.resolution)
    return _around((0, 0, width, height), photo, synthesizer.resolution)


def _adjusted(frame: Frame, scale: float, padding: Padding) -> Frame:
    return replace(frame if scale == 1.0 else zoomed(frame, scale), padding=padding)


def _people(
    photo: Tensor,
    generator: HostModel,
    segmenter: HostModel | None,
    encoder: HostModel | None,
    pose: Pose | None,
    mask: Tensor | None,
    person: int,
) -> tuple[Frame, ...]:
    """The frame of a person in each photo, from the surest source that is linked."""
    if segmenter is None and pose is None and mask is None:
        raise ImageError(
            "Crop to Generator Frame does not know where the person is: link a segmenter, the pose "
            "of DensePose or a mask, or set frame_from to 'box by hand'."
        )
    if encoder is not None:
        require_encoder(generator, encoder)
    seen = _seen_people(pose, mask)
    if seen is not None:
        seen = batched(seen, len(photo), "The pose" if mask is None else "The mask")
    networks = [one for one in (generator, segmenter, encoder) if one is not None]
    device = on_device(*networks)
    looks = Looks(
        pictures_drawn(len(photo), segmenter=segmenter is not None, encoder=encoder is not None)
    )
    try:
        return frame_people(
            photo.to(device),
            Watched(generator.model, looks),
            None if segmenter is None else Interruptible(segmenter.model),
            None if encoder is None else encoder.model,
            seen=seen,
            which=person,
        )
    except NobodyError as error:
        if not is_on_its_own():  # inside FICE Edit, which has no such inputs
            raise
        hint = "Or link a mask of them, or set 'frame from' to 'box by hand'."
        raise NobodyError(f"{error} {hint}") from error


def _seen_people(pose: Pose | None, mask: Tensor | None) -> Tensor | None:
    """Where people are, `[B, 1, h, w]` at any size: in the artist's mask, else as DensePose saw."""
    if mask is not None:
        return mask_in(mask, mask.shape[-2:])
    return None if pose is None else (body_parts(pose) > 0).float()


SIDES = {
    "left": "Left edge of the box, in pixels of the photo.",
    "top": "Upper edge of the box.",
    "width": "Width of the box; the frame is the smallest around it.",
    "height": "Height of the box.",
}


def _side(name: str, text: str) -> io.Input:
    small = 0 if name in ("left", "top") else 1
    return io.Int.Input(
        name, default=0 if small == 0 else 512, min=small, max=MAX_PHOTO_SIDE, tooltip=text
    )
