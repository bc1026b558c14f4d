"""The photo's side of an edit: what the generator sees of it, and how the result returns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeAlias

import torch
from torch import Tensor

from .compositing import Stitched
from .errors import ImageError
from .framing import (
    Frame,
    crop,
    find_person,
    fit_size,
    learn_placement,
)
from .images import resize
from .models import ModelSet
from .objective import Source
from .projection import misfit
from .seams import DEFAULT_SEAM
from .shapes import check_image, check_mask
from .stitching import Region, region_mask, stitch_each, worn
from .types import Synthesizer

Framing: TypeAlias = Frame | Literal["auto", "person"]
"""Which part of a photo the generator sees: a frame; the person, wherever they are; or `auto`, the
whole of a photo that has the generator's proportions and the person on any other."""

MAX_ASPECT_ERROR = 0.01  # squashing by a hundredth is invisible, and sizes are rarely exact


def as_batch(image: Tensor, synthesizer: Synthesizer) -> Tensor:
    """`image` `[3, H, W]` or `[B, 3, H, W]` as a batch of its own where the generator is.

    Raises:
        ShapeError: if it is no image.
    """
    batch = check_image(image.unsqueeze(0) if image.dim() == 3 else image)
    return batch.detach().clone().to(synthesizer.w_avg)


def take_photo(image: Tensor, synthesizer: Synthesizer) -> Tensor:
    """As `as_batch`, for an image that the generator sees as a whole: its proportions must fit.

    Raises:
        ImageError: if they do not.
        ShapeError: if it is no image.
    """
    batch = check_image(image.unsqueeze(0) if image.dim() == 3 else image)
    if not has_proportions(batch, synthesizer):
        height, width = synthesizer.resolution
        raise ImageError(
            f"The photo is {batch.shape[-1]} x {batch.shape[-2]} pixels, the generator draws "
            f"{width} x {height}; crop the photo to these proportions first, e.g. with "
            "'Crop to Generator Frame'."
        )
    return as_batch(batch, synthesizer)


def choose_frames(photo: Tensor, frame: Framing, models: ModelSet) -> tuple[Frame, ...]:
    """The part of each photo of a batch `[B, 3, H, W]` that the generator shall see.

    Raises:
        ImageError: if a person is to be found and is not, or `frame` is of another photo.
    """
    photo_size, size = (photo.shape[-2], photo.shape[-1]), models.generator.resolution
    if isinstance(frame, Frame):
        if (frame.photo_size, frame.size) != (photo_size, size):
            raise ImageError(
                f"The frame is {frame.size} of a photo of {frame.photo_size}, but the generator "
                f"draws {size} and the photo has {photo_size} (height, width); make a new frame."
            )
        return (frame,) * len(photo)
    if frame == "auto" and has_proportions(photo, models.generator):
        return (Frame.whole(photo_size, size),) * len(photo)
    placement = learn_placement(models.generator, models.segmenter)
    known = misfit(models.generator, models.encoder)
    return tuple(
        fit_size(one, find_person(one, models.segmenter, size, placement), placement, known)
        for one in photo.split(1)
    )


def crop_each(photo: Tensor, frames: Sequence[Frame]) -> Tensor:
    """What each frame shows of its photo, at the size of the generator."""
    pairs = zip(photo.split(1), frames, strict=True)
    return torch.cat([crop(one, frame) for one, frame in pairs])


def stitch(
    photo: Tensor,
    generated: Tensor,
    source: Source,
    models: ModelSet,
    frames: Sequence[Frame],
    *,
    region: Region = "garment",
    mask: Tensor | None = None,
    seam: str = DEFAULT_SEAM,
) -> Stitched:
    """Puts `generated` into `photo`, at the size of the photo and only where it belongs.

    Raises:
        ImageError: if nothing is selected or the mask has other proportions than the photo.
    """
    if mask is None:
        masks = _region_masks(generated, source, models, frames, region)
    else:
        masks = list(_user_mask(mask, photo).split(1))
    stitched = stitch_each(photo, generated, masks, frames, seam)
    if not bool(stitched.mask.any()):
        raise ImageError(
            "Nothing is selected: no garment was found on the photo, or the mask is empty or "
            "beside the person. Give a mask of the garment, or use the region `head`."
        )
    return stitched


def _region_masks(
    generated: Tensor, source: Source, models: ModelSet, frames: Sequence[Frame], region: Region
) -> list[Tensor]:
    with torch.no_grad():
        before = models.segmenter(source.image) if source.regions is None else source.regions.seen
        after = before if region == "head" else models.segmenter(generated)
    maps = (*(worn(one.garment, 1.0 - one.background) for one in (before, after)), before.head)
    each = zip(*(one.split(1) for one in maps), frames, strict=True)
    return [region_mask(*one, region=region) for one in each]


def _user_mask(mask: Tensor, photo: Tensor) -> Tensor:
    while mask.dim() < photo.dim():
        mask = mask.unsqueeze(0)
    aspect = (mask.shape[-1] / mask.shape[-2]) / (photo.shape[-1] / photo.shape[-2])
    if abs(aspect - 1.0) > MAX_ASPECT_ERROR:
        raise ImageError(
            f"The mask is {mask.shape[-1]} x {mask.shape[-2]} pixels, the photo {photo.shape[-1]} "
            f"x {photo.shape[-2]}; draw the mask on the photo itself."
        )
    resized = resize(check_mask(mask).to(photo), (photo.shape[-2], photo.shape[-1]))
    return resized.expand(len(photo), -1, -1, -1)


def has_proportions(photo: Tensor, synthesizer: Synthesizer) -> bool:
    """Whether the generator can see all of a photo `[B, 3, H, W]` without squashing it."""
    height, width = synthesizer.resolution
    aspect = (photo.shape[-1] / photo.shape[-2]) / (width / height)
    return abs(aspect - 1.0) <= MAX_ASPECT_ERROR
