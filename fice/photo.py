"""The photo's side of an edit: what the generator sees of it, and how the result returns."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Literal, TypeAlias

import torch
from torch import Tensor

from .compositing import Stitched, garment_mask
from .errors import ImageError
from .framing import (
    Frame,
    crop,
    find_person,
    inside_frame,
    learn_placement,
    mask_in_photo,
    put_back,
)
from .images import resize
from .models import ModelSet
from .objective import Source
from .seams import DEFAULT_SEAM, join
from .shapes import check_image, check_mask
from .types import Synthesizer

Region = Literal["garment", "head"]
Framing: TypeAlias = Frame | Literal["auto", "person"]
"""Which part of a photo the generator sees: a frame; the person, wherever they are; or `auto`, the
whole of a photo that has the generator's proportions and the person on any other."""

MAX_ASPECT_ERROR = 0.01  # squashing by a hundredth is invisible, and sizes are rarely exact
MARGIN_FRACTION = 1 / 64  # of the generator's height: growth and feather of the garment mask


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
    if not _has_proportions(batch, synthesizer):
        height, width = synthesizer.resolution
        raise ImageError(
            f"The photo is {batch.shape[-1]} x {batch.shape[-2]} pixels, the generator draws "
            f"{width} x {height}; crop the photo to these proportions first."
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
    if frame == "auto" and _has_proportions(photo, models.generator):
        return (Frame.whole(photo_size, size),) * len(photo)
    placement = learn_placement(models.generator, models.segmenter)
    return tuple(find_person(one, models.segmenter, size, placement) for one in photo.split(1))


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
        parts = _region_mask(generated, source, models, region).split(1)
        masks = [
            mask_in_photo(part * inside_frame(frame, _margin(part)).to(part), frame)
            for part, frame in zip(parts, frames, strict=True)
        ]
    else:
        masks = list(_user_mask(mask, photo).split(1))
    done = [
        put_back(one, patch, where, frame, partial(join, seam=seam))
        for one, patch, where, frame in zip(
            photo.split(1), generated.split(1), masks, frames, strict=True
        )
    ]
    if not any(bool(one.mask.any()) for one in done):
        raise ImageError(
            "Nothing is selected: no garment was found on the photo, or the mask is empty or "
            "beside the person. Give a mask of the garment, or use the region `head`."
        )
    return Stitched(_batch([one.image for one in done]), _batch([one.mask for one in done]))


def _region_mask(generated: Tensor, source: Source, models: ModelSet, region: Region) -> Tensor:
    with torch.no_grad():
        before = models.segmenter(source.image) if source.regions is None else source.regions.seen
        if region == "head":
            return 1.0 - before.head
        after = models.segmenter(generated)
    margin = _margin(generated)
    return garment_mask(before.garment, after.garment, before.head, grow_by=margin, feather=margin)


def _margin(image: Tensor) -> int:
    return max(1, round(image.shape[-2] * MARGIN_FRACTION))


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


def _batch(images: Sequence[Tensor]) -> Tensor:
    """As `torch.cat`, without another copy of a single, large photo."""
    return images[0] if len(images) == 1 else torch.cat(list(images))


def _has_proportions(photo: Tensor, synthesizer: Synthesizer) -> bool:
    height, width = synthesizer.resolution
    aspect = (photo.shape[-1] / photo.shape[-2]) / (width / height)
    return abs(aspect - 1.0) <= MAX_ASPECT_ERROR
