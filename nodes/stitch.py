"""Stitch: the new garment back into the photo."""

from __future__ import annotations

import torch
from comfy_api.latest import io
from torch import Tensor

from ..fice.compositing import Stitched, blend, stitch_garment, stitch_head
from ..fice.errors import ImageError
from ..fice.images import resize
from ..fice.masks import feather_outwards, grow
from .host import normal_tensors, on_device, to_host
from .looking import regions_of
from .wires import RegionMap, RegionsWire, batched, image_in, image_out, mask_in, mask_out

GARMENT = "garment"
HEAD = "all but the head (FICE)"
MODES = (GARMENT, HEAD)
AUTOMATIC = -1
AUTOMATIC_FRACTION = 1 / 64  # of the height of the photo, as `fice.edit` takes it
MAX_PIXELS = 256


class Stitch(io.ComfyNode):
    """Puts the generated garment into the photo."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """What the host shows of the node."""
        return io.Schema(
            node_id="FICEStitch",
            display_name="Stitch",
            category="FICE/stages",
            description="Puts the new garment into the photo. Where the mask is black, every pixel "
            "stays exactly as it was.",
            search_aliases=["composite", "paste", "blend", "fice"],
            inputs=[
                io.Image.Input("original", tooltip="The photo, of any size."),
                io.Image.Input(
                    "generated", tooltip="From CLIP-Guided Inversion; resized to the photo."
                ),
                RegionsWire.Input(
                    "regions",
                    optional=True,
                    tooltip="From Segment Garment: garment and head of the photo.",
                ),
                io.Mask.Input(
                    "mask",
                    optional=True,
                    tooltip="What to replace instead, white = new. From any node.",
                ),
                io.Combo.Input(
                    "mode",
                    options=list(MODES),
                    default=GARMENT,
                    tooltip="garment: only the old and the new garment change. all but the head: "
                    "FICE's own way, the generated picture with the head of the photo. Unused if "
                    "a mask is linked.",
                ),
                io.Int.Input(
                    "feather",
                    default=AUTOMATIC,
                    min=AUTOMATIC,
                    max=MAX_PIXELS,
                    tooltip="Pixels over which the mask fades out; -1 suits the size of the photo.",
                ),
                io.Int.Input(
                    "grow",
                    default=AUTOMATIC,
                    min=AUTOMATIC,
                    max=MAX_PIXELS,
                    tooltip="Pixels added around the garment, so that no rim of the old one shows; "
                    "-1 suits the size of the photo.",
                    advanced=True,
                ),
            ],
            outputs=[
                io.Image.Output("image", display_name="image", tooltip="The finished photo."),
                io.Mask.Output(
                    "used_mask",
                    display_name="mask",
                    tooltip="What was replaced; for a refining pass by other nodes, too.",
                ),
            ],
        )

    @classmethod
    def execute(
        cls,
        original: Tensor,
        generated: Tensor,
        mode: str,
        feather: int,
        grow: int,
        regions: RegionMap | None = None,
        mask: Tensor | None = None,
    ) -> io.NodeOutput:
        """Stitches at the size of the photo."""
        grow, feather = (_in_pixels(size, original) for size in (grow, feather))
        with normal_tensors():
            photo, drawn = _as_many(
                image_in(original, "The original"), image_in(generated, "The generated image")
            )
            if mask is not None:
                own = batched(mask_in(mask, photo.shape[-2:]), len(photo), "The mask")
                stitched = _stitch_mask(photo, drawn, own, grow, feather)
            elif regions is not None:
                stitched = _stitch_regions(photo, drawn, regions, mode, grow, feather)
            else:
                raise ImageError(
                    "Stitch does not know what to replace: link the regions of Segment Garment, or "
                    "a mask."
                )
        return io.NodeOutput(image_out(stitched.image), mask_out(stitched.mask))


def _in_pixels(size: int, photo: Tensor) -> int:
    return max(1, round(photo.shape[1] * AUTOMATIC_FRACTION)) if size == AUTOMATIC else size


def _as_many(photo: Tensor, drawn: Tensor) -> tuple[Tensor, Tensor]:
    """Repeats a single photo, or a single generated image, for a batch of the other."""
    count = max(len(photo), len(drawn))
    return batched(photo, count, "The original"), batched(drawn, count, "The generated image")


def _stitch_mask(
    photo: Tensor, drawn: Tensor, mask: Tensor, grow_by: int, feather: int
) -> Stitched:
    new = resize(drawn, photo.shape[-2:])
    return blend(photo, new, feather_outwards(grow(mask, grow_by), feather))


def _stitch_regions(
    photo: Tensor, drawn: Tensor, regions: RegionMap, mode: str, grow_by: int, feather: int
) -> Stitched:
    size, count = photo.shape[-2:], len(photo)
    new = resize(drawn, size)
    head = batched(resize(regions.seen.head, size), count, "The regions")
    if mode == HEAD:
        return stitch_head(photo, new, head)
    before = batched(resize(regions.seen.garment, size), count, "The regions")
    if regions.garment_mask is not None:  # the artist has said where the garment is
        return stitch_garment(photo, new, before, before, grow_by=grow_by, feather=feather)
    after = resize(_garment_of(regions, drawn), size)
    return stitch_garment(photo, new, before, after, head, grow_by=grow_by, feather=feather)


def _garment_of(regions: RegionMap, drawn: Tensor) -> Tensor:
    """Where the garment is in the generated images, at their own size."""
    device = on_device(regions.network)
    found = [regions_of(regions.network, one.to(device)).garment for one in drawn.split(1)]
    return to_host(torch.cat(found))
