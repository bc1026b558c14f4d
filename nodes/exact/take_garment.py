"""Take the Clothes: of an edit that lies on its photo only what was to change."""

from __future__ import annotations

from comfy_api.latest import io
from torch import Tensor

from ...fice.pipeline.exact import take_garment
from ...fice.stitching.region_masks import Edges
from ...fice.stitching.seams import DEFAULT_SEAM, SEAM_METHODS
from ..host.models import HostModel, normal_tensors, on_device
from ..host.wires import (
    SegmenterWire,
    batched,
    image_out,
    mask_in,
    mask_out,
    wanted_after_checks,
)
from .colour_to_photo import MODELS, on_photo

AUTOMATIC = -1
MAX_PIXELS = 256
OFF = "off"


class TakeGarment(io.ComfyNode):
    """Puts only the garment of an edit into the photo."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """What the host shows of the node."""
        return io.Schema(
            node_id="FICETakeClothes",
            display_name="Take the Clothes",
            category="FICE/exact",
            description="Takes from an aligned edit only what was to change and leaves the rest of "
            "the photo exactly as it was. Finds the change by itself, unless a mask or a "
            "segmenter is linked.",
            search_aliases=["stitch", "paste", "composite", "difference", "inpaint", "fice"],
            inputs=[
                io.Image.Input("original", tooltip="The photo."),
                io.Image.Input(
                    "aligned",
                    tooltip="From Align to Photo, or any edit that lies on the photo already.",
                    lazy=True,
                ),
                io.Mask.Input(
                    "shown",
                    optional=True,
                    tooltip="From Align to Photo: what the edit does not show is not taken.",
                ),
                io.Mask.Input(
                    "mask",
                    optional=True,
                    tooltip="What to take, white = new; nothing else changes. From any node.",
                ),
                SegmenterWire.Input(
                    "segmenter",
                    optional=True,
                    tooltip="Finds the garment before and after; hair and hands in front of it "
                    "stay the photo's. Unused if a mask is linked.",
                ),
                io.Combo.Input(
                    "colour",
                    options=[*MODELS, OFF],
                    default="global",
                    tooltip="How the colour cast of the edit is undone, measured outside the "
                    "garment: once for all of the picture, smoothly across it, or not at all.",
                ),
                io.Int.Input(
                    "grow",
                    default=AUTOMATIC,
                    min=AUTOMATIC,
                    max=MAX_PIXELS,
                    tooltip="Pixels added around what was found; -1 suits the size of the photo, "
                    "and adds nothing to a painted mask.",
                    advanced=True,
                ),
                io.Int.Input(
                    "feather",
                    default=AUTOMATIC,
                    min=AUTOMATIC,
                    max=MAX_PIXELS,
                    tooltip="Pixels over which the mask fades out; -1 suits the size of the photo, "
                    "and leaves a painted mask as it is.",
                    advanced=True,
                ),
                io.Combo.Input(
                    "seam",
                    options=list(SEAM_METHODS),
                    default=DEFAULT_SEAM,
                    tooltip="How the garment meets the photo, as in Stitch.",
                    advanced=True,
                ),
            ],
            outputs=[
                io.Image.Output("image", display_name="image", tooltip="The finished photo."),
                io.Mask.Output(
                    "used_mask",
                    display_name="mask",
                    tooltip="What was taken; for Edit Report, or a refining pass.",
                ),
                io.Float.Output(
                    "max_change_outside",
                    display_name="max change outside",
                    tooltip="Largest change of a value outside the mask; 0 proves that nothing "
                    "else was touched.",
                ),
                io.Float.Output(
                    "cast",
                    display_name="cast",
                    tooltip="ΔE of the cast that was undone, a mean over what did not change; of "
                    "the first picture.",
                ),
            ],
        )

    @classmethod
    def check_lazy_status(
        cls,
        original: Tensor,
        aligned: Tensor | None = None,
        mask: Tensor | None = None,
        **_: object,
    ) -> list[str]:
        """Looks at what is known before the editor runs.

        Raises:
            ImageError: if photo or mask cannot be used.
        """
        return wanted_after_checks("aligned", aligned, original, mask)

    @classmethod
    def execute(  # noqa: PLR0913 - the host gives one argument per input
        cls,
        original: Tensor,
        aligned: Tensor,
        colour: str,
        grow: int = AUTOMATIC,
        feather: int = AUTOMATIC,
        seam: str = DEFAULT_SEAM,
        shown: Tensor | None = None,
        mask: Tensor | None = None,
        segmenter: HostModel | None = None,
    ) -> io.NodeOutput:
        """Takes the garment of each picture of the batch."""
        with normal_tensors():
            photo, new, covered = on_photo(original, aligned, shown)
            painted = None
            if mask is not None:
                painted = batched(mask_in(mask, photo.shape[-2:]), len(photo), "The mask")
            network = None
            if segmenter is not None and mask is None:
                device = on_device(segmenter)
                photo, new = photo.to(device), new.to(device)
                network = segmenter.model
            done = take_garment(
                photo,
                new,
                painted,
                segmenter=network,
                covered=covered,
                match_colour=None if colour == OFF else MODELS[colour],
                edges=_edges(grow, feather),
                seam=seam,
            )
        cast = done.casts[0].delta if done.casts else 0.0
        outside = float(done.max_change_outside.max())
        return io.NodeOutput(image_out(done.image), mask_out(done.mask), outside, cast)


def _edges(grow: int, feather: int) -> Edges | None:
    """What the widgets say; None leaves all to the kind of mask."""
    if grow == AUTOMATIC and feather == AUTOMATIC:
        return None
    return Edges(
        grow=None if grow == AUTOMATIC else grow,
        feather=None if feather == AUTOMATIC else feather,
    )
