"""Align to Photo: the result of any editor, laid back on the photo."""

from __future__ import annotations

import json
import logging
from typing import Any

from comfy_api.latest import io
from torch import Tensor

from ...fice.base.errors import ImageError
from ...fice.pipeline.exact import Aligned, align
from ..host.models import normal_tensors
from ..host.wires import (
    MAX_PHOTO_SIDE,
    batched,
    image_in,
    image_out,
    mask_in,
    mask_out,
    wanted_after_checks,
)

GO_ON, STOP = "go on and say so", "stop"
FIGURES = ("confidence", "shift_x", "shift_y", "zoom", "rotation")
RESIDUAL = 4.0  # times the difference, so that it can be seen


class AlignToPhoto(io.ComfyNode):
    """Finds how an editor shifted, zoomed and turned a photo, and undoes it."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """What the host shows of the node."""
        return io.Schema(
            node_id="FICEAlignToPhoto",
            display_name="Align to Photo",
            category="FICE/exact",
            description="Lays the result of any editor (Qwen-Image-Edit, Kontext, klein, "
            "inpainting) back on the photo: undoes shift, zoom, crop, stretch and rotation, found "
            "in all that was not edited.",
            search_aliases=["register", "align images", "drift", "shift", "zoom", "fice"],
            inputs=[
                io.Image.Input("original", tooltip="The photo, of any size."),
                io.Image.Input(
                    "edited",
                    tooltip="What the editor made of it, of any size and proportions.",
                    lazy=True,
                ),
                io.Mask.Input(
                    "mask",
                    optional=True,
                    tooltip="What was to change, on the photo. Not needed; helps where that is "
                    "most of the picture.",
                ),
                io.Boolean.Input(
                    "local_warp",
                    default=False,
                    display_name="local warp",
                    tooltip="Also undo a smooth local warp, where parts of the picture moved a few "
                    "pixels by themselves.",
                ),
                io.Boolean.Input(
                    "one_for_all",
                    default=False,
                    display_name="one for all",
                    tooltip="One transform for all pictures of the batch, as for the frames of a "
                    "still camera.",
                    advanced=True,
                ),
                io.Combo.Input(
                    "when_unsure",
                    options=[GO_ON, STOP],
                    default=GO_ON,
                    display_name="when unsure",
                    tooltip="What to do where the confidence is below 0.5. What is gone on with is "
                    "told in the report and in the log.",
                    advanced=True,
                ),
            ],
            outputs=[
                io.Image.Output(
                    "image",
                    display_name="aligned",
                    tooltip="The edited picture as it lies on the photo, at its size; the photo "
                    "itself where the edit shows nothing.",
                ),
                io.Mask.Output(
                    "shown",
                    display_name="shown",
                    tooltip="White where the edited picture shows anything; for Take the Clothes.",
                ),
                io.Float.Output(
                    "confidence",
                    display_name="confidence",
                    tooltip="How sure it is that the error is below two pixels in a megapixel, 0 "
                    "to 1; of the least sure picture.",
                ),
                io.Float.Output(
                    "shift_x",
                    display_name="shift x",
                    tooltip="How far the editor moved the middle to the right, in per cent of the "
                    "width; of the first picture, as all numbers.",
                ),
                io.Float.Output(
                    "shift_y",
                    display_name="shift y",
                    tooltip="The same downwards, in per cent of the height.",
                ),
                io.Float.Output(
                    "zoom",
                    display_name="zoom",
                    tooltip="How much larger the editor shows things; 1 is as they were.",
                ),
                io.Float.Output(
                    "rotation",
                    display_name="rotation",
                    tooltip="How far the editor turned the picture, in degrees clockwise.",
                ),
                io.Image.Output(
                    "residual",
                    display_name="residual",
                    tooltip="What still differs from the photo, four times as strong; outside the "
                    "garment it should be nearly black.",
                ),
                io.String.Output(
                    "report",
                    display_name="report",
                    tooltip="All numbers of each picture as JSON, and warnings; for Edit Report.",
                ),
            ],
        )

    @classmethod
    def check_lazy_status(
        cls,
        original: Tensor,
        edited: Tensor | None = None,
        mask: Tensor | None = None,
        **_: object,
    ) -> list[str]:
        """Looks at what is known before the editor runs.

        Raises:
            ImageError: if photo or mask cannot be used.
        """
        return wanted_after_checks("edited", edited, original, mask)

    @classmethod
    def execute(
        cls,
        original: Tensor,
        edited: Tensor,
        local_warp: bool,
        one_for_all: bool = False,
        when_unsure: str = GO_ON,
        mask: Tensor | None = None,
    ) -> io.NodeOutput:
        """Aligns each picture of the batch."""
        with normal_tensors():
            photo = image_in(original, "The original", MAX_PHOTO_SIDE)
            new = image_in(edited, "The edited image", MAX_PHOTO_SIDE)
            count = max(len(photo), len(new))
            photo = batched(photo, count, "The original")
            new = batched(new, count, "The edited image")
            changed = None
            if mask is not None:
                changed = batched(mask_in(mask, photo.shape[-2:]), count, "The mask")
            done = align(photo, new, changed, flow=local_warp, together=one_for_all)
            _tell(done, when_unsure)
            residual = ((done.image - photo).abs() * RESIDUAL).clamp(0.0, 1.0)
        report = report_of(done)
        first, least = report["images"][0], min(one["confidence"] for one in report["images"])
        return io.NodeOutput(
            image_out(done.image),
            mask_out(done.covered),
            least,
            *(first[name] for name in FIGURES[1:]),
            image_out(residual),
            json.dumps(report, indent=2),
        )


def report_of(done: Aligned) -> dict[str, Any]:
    """The numbers of each picture, ready for JSON."""
    images = [
        {name: round(value, 5) for name, value in one.figures.items()} | {"found_by": one.how}
        for one in done.alignments
    ]
    return {"images": images, "warnings": list(done.warnings)}


def _tell(done: Aligned, when_unsure: str) -> None:
    """Says what is unsure.

    Raises:
        ImageError: if that is to stop the run.
    """
    for sentence in done.warnings:
        if when_unsure == STOP:
            raise ImageError(sentence)
        logging.warning("Align to Photo: %s", sentence)
