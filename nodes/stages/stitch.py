"""Stitch: the new garment back into the photo."""

from __future__ import annotations

import logging
from dataclasses import replace

import torch
from comfy_api.latest import io
from torch import Tensor

from ...fice.base.errors import ImageError
from ...fice.base.frame import Frame
from ...fice.base.trained_size import regions_of
from ...fice.base.types import Region, Regions, map_each
from ...fice.framing import crop
from ...fice.pipeline.photo import is_flat
from ...fice.stitching.bared import match_bared
from ...fice.stitching.compositing import max_change_outside
from ...fice.stitching.put_back import mask_in_photo, stitch_each
from ...fice.stitching.region_masks import AS_PAINTED, Edges, found_mask, painted_mask
from ...fice.stitching.region_masks import AUTOMATIC as AUTOMATIC_EDGES
from ...fice.stitching.seams import DEFAULT_SEAM, SEAM_METHODS
from ..host.models import normal_tensors, on_device, to_host
from ..host.progress import Work
from ..host.told import tell
from ..host.wires import (
    MAX_PHOTO_SIDE,
    FrameWire,
    RegionMap,
    RegionsWire,
    batched,
    check_image_in,
    check_mask_in,
    image_in,
    image_out,
    mask_in,
    mask_out,
    one_per_mask,
)

GARMENT = "garment"
HEAD = "all but the head (FICE)"
REGIONS: dict[str, Region] = {GARMENT: "garment", HEAD: "head"}
AUTOMATIC = -1
FILL_FOUND, FILL = "fill in found garments", "fill in any mask"
HOLES = (FILL_FOUND, FILL, "keep")
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
                    "generated",
                    tooltip="From CLIP-Guided Inversion; resized to the photo.",
                    lazy=True,
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
                    options=list(REGIONS),
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
                    tooltip="Pixels over which the mask fades out; -1 suits the size of the photo, "
                    "and leaves a painted mask as it is.",
                ),
                io.Int.Input(
                    "grow",
                    default=AUTOMATIC,
                    min=AUTOMATIC,
                    max=MAX_PIXELS,
                    tooltip="Pixels added around the garment, so that no rim of the old one shows; "
                    "-1 suits the size of the photo, and adds nothing to a painted mask.",
                    advanced=True,
                ),
                FrameWire.Input(
                    "frame",
                    optional=True,
                    tooltip="From Crop to Generator Frame, if what was edited is a crop: it goes "
                    "back where it was, at full resolution.",
                ),
                io.Combo.Input(
                    "seam",
                    options=list(SEAM_METHODS),
                    default=DEFAULT_SEAM,
                    tooltip="How the new garment meets the photo: its colours matched near the "
                    "seam, plainly mixed (alpha, FICE's own way), mixed scale by scale (pyramid), "
                    "or recoloured as a whole (poisson).",
                    advanced=True,
                ),
                io.Combo.Input(
                    "holes",
                    options=list(HOLES),
                    default=HOLES[0],
                    tooltip="Whether a hole in the mask is replaced as well.",
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
                io.Float.Output(
                    "max_change_outside",
                    display_name="max change outside",
                    tooltip="Largest change of a value outside the mask; 0 proves that nothing "
                    "else was touched.",
                ),
            ],
        )

    @classmethod
    def check_lazy_status(
        cls,
        original: Tensor,
        generated: Tensor | None = None,
        regions: RegionMap | None = None,
        mask: Tensor | None = None,
        frame: tuple[Frame, ...] | None = None,
        **_: object,
    ) -> list[str]:
        """Looks at all that is known before the inversion, and only then asks for its picture.

        Raises:
            ImageError: if the mask or the photo cannot be used, or nothing says what to replace.
        """
        if generated is not None:
            return []
        check_image_in(original, "The original", MAX_PHOTO_SIDE)
        _check_wires(original, regions, mask, frame)
        return ["generated"]

    @classmethod
    def execute(  # noqa: PLR0913 - the host gives one argument per input
        cls,
        original: Tensor,
        generated: Tensor,
        mode: str,
        feather: int,
        grow: int,
        seam: str = DEFAULT_SEAM,
        holes: str = HOLES[0],
        regions: RegionMap | None = None,
        mask: Tensor | None = None,
        frame: tuple[Frame, ...] | None = None,
    ) -> io.NodeOutput:
        """Stitches at the size of the photo."""
        _check_wires(original, regions, mask, frame)
        with normal_tensors():
            Work().part("Stitching…")
            drawn = image_in(generated, "The generated image")
            photo = one_per_mask(image_in(original, "The original", MAX_PHOTO_SIDE), mask)
            photo, drawn = _as_many(photo, drawn)
            frames = _frames(frame, photo, drawn)
            spared: list[str] = []
            painted = regions.garment_mask if mask is None else mask
            if painted is not None:
                masks = _painted_masks(painted, frames, _edges(grow, feather, holes, AS_PAINTED))
            else:
                frames, spared = _spared(photo, frames)
                edges = _edges(grow, feather, holes, AUTOMATIC_EDGES)
                before = after = _before(regions, frames)
                if REGIONS[mode] == "garment":
                    after = _after(regions, drawn)
                    if seam == DEFAULT_SEAM:
                        drawn = match_bared(drawn, _crops(photo, frames), before, after)
                each = zip(before, after, frames, strict=True)
                masks = [found_mask(*one, region=REGIONS[mode], edges=edges) for one in each]
            done = stitch_each(photo, drawn, masks, frames, seam)
            outside = float(max_change_outside(photo, done.image, done.mask).max())
            share = float((done.mask > 0).float().mean())
        tell(_kept(share, outside), *spared)
        return io.NodeOutput(image_out(done.image), mask_out(done.mask), outside)


def _check_wires(
    original: Tensor,
    regions: RegionMap | None,
    mask: Tensor | None,
    frame: tuple[Frame, ...] | None,
) -> None:
    """Checks what can be known before the picture is generated.

    Raises:
        ImageError: if nothing says what to replace, or a wire belongs to another photo.
    """
    if mask is None and regions is None:
        raise ImageError(
            "Stitch does not know what to replace: link the regions of Segment Garment, or a mask."
        )
    if mask is not None:
        check_mask_in(mask)
    photo_size = tuple(original.shape[1:3])
    if frame is not None and frame[0].photo_size != photo_size:
        height, width = frame[0].photo_size
        raise ImageError(
            f"The frame is of a photo of {width} x {height} pixels, the original has "
            f"{photo_size[1]} x {photo_size[0]}; link the photo that Crop to Generator Frame saw."
        )


def _edges(grow: int, feather: int, holes: str, automatic: Edges) -> Edges:
    """What the widgets say, and for what they leave open what suits such a mask."""
    return Edges(
        grow=automatic.grow if grow == AUTOMATIC else grow,
        feather=automatic.feather if feather == AUTOMATIC else feather,
        holes=holes == FILL or (holes == FILL_FOUND and automatic.holes),
    )


def _as_many(photo: Tensor, drawn: Tensor) -> tuple[Tensor, Tensor]:
    """Repeats a single photo, or a single generated image, for a batch of the other."""
    count = max(len(photo), len(drawn))
    return batched(photo, count, "The original"), batched(drawn, count, "The generated image")


def _frames(frame: tuple[Frame, ...] | None, photo: Tensor, drawn: Tensor) -> tuple[Frame, ...]:
    """A frame for each photo; without a wire the generated image shows all of it.

    Raises:
        ImageError: if there are not as many frames as photos.
    """
    photo_size, size = (tuple(one.shape[-2:]) for one in (photo, drawn))
    if frame is None:
        return (Frame.whole(photo_size, size),) * len(photo)
    if len(frame) not in (1, len(photo)):
        raise ImageError(f"The frame holds {len(frame)} crops for {len(photo)} photos.")
    return frame * (len(photo) // len(frame))


def _spared(photo: Tensor, frames: tuple[Frame, ...]) -> tuple[tuple[Frame, ...], list[str]]:
    """The frames, of which those of photos that show nobody say so; and a sentence for each."""
    flat = [bool(is_flat(one)) for one in photo.split(1)]
    marked = tuple(
        replace(frame, untouched=frame.untouched or is_flat_one)
        for is_flat_one, frame in zip(flat, frames, strict=True)
    )
    said = [
        f"Photo {index} shows nobody, so it stays as it is."
        for index, frame in enumerate(marked)
        if frame.untouched
    ]
    for sentence in said:
        logging.warning("Stitch: %s", sentence)
    return marked, said


def _kept(share: float, outside: float) -> str:
    """How much of the photo is still its own."""
    if share == 0.0:
        return "Nothing changed: no garment was found to replace."
    kept = "no other pixel" if outside == 0.0 else f"others by at most {outside:.3g}"
    return f"{100 * share:.0f} % of the photo changed, {kept}."


def _painted_masks(mask: Tensor, frames: tuple[Frame, ...], edges: Edges) -> list[Tensor]:
    """The artist's mask on each photo; one of the size of the crop was painted on the crop."""
    on_crop = tuple(mask.shape[-2:]) == frames[0].size != frames[0].photo_size
    size = frames[0].size if on_crop else frames[0].photo_size
    own = batched(mask_in(mask, size), len(frames), "The mask").split(1)
    return [
        painted_mask(mask_in_photo(one, frame) if on_crop else one, frame, edges)
        for one, frame in zip(own, frames, strict=True)
    ]


def _crops(photo: Tensor, frames: tuple[Frame, ...]) -> Tensor:
    """What each frame shows of its photo, at the size of the generator."""
    return torch.cat([crop(one, frame) for one, frame in zip(photo.split(1), frames, strict=True)])


def _before(regions: RegionMap, frames: tuple[Frame, ...]) -> list[Regions]:
    """What was seen in each crop of the photo."""
    seen = map_each(regions.seen, lambda one: batched(one, len(frames), "The regions"))
    return [_on_crop(seen.only(slice(i, i + 1)), frame) for i, frame in enumerate(frames)]


def _after(regions: RegionMap, drawn: Tensor) -> list[Regions]:
    """What the same network sees in the generated picture."""
    device, network = on_device(regions.network), regions.network.model
    each = (regions_of(one.to(device), network) for one in drawn.split(1))
    return [map_each(one, to_host) for one in each]


def _on_crop(seen: Regions, frame: Frame) -> Regions:
    """What was seen in a crop; of regions that were found in the whole photo, the framed part."""
    if tuple(seen.head.shape[-2:]) != frame.photo_size:
        return seen
    return map_each(seen, lambda one: crop(one, replace(frame, size=frame.box_size)))
