"""Which part of each photo the generator sees."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal, TypeAlias

import torch
from torch import Tensor

from ..base.errors import ImageError, NobodyError
from ..base.frame import Frame, Size
from ..base.types import LatentEncoder, Perceptor, Regions, Synthesizer
from ..framing import (
    STANDARD,
    TIGHT,
    Placement,
    crop,
    find_person,
    fit_size,
    frame_from_box,
    frame_from_person,
    learn_placement,
    misfit,
    recognition,
)
from ..framing.fit import FACTORS
from ..framing.learning import PICTURES
from ..framing.remarks import of_generator
from .models import ModelSet
from .photo import has_proportions

Framing: TypeAlias = Frame | Literal["auto", "person"]
"""Which part of a photo the generator sees: a frame; the person, wherever they are; or `auto`, the
whole of a photo that has the generator's proportions and the person on any other."""


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
    return frame_people(photo, models.generator, models.segmenter, models.encoder)


def frame_people(
    photo: Tensor,
    generator: Synthesizer,
    segmenter: Perceptor[Regions] | None = None,
    encoder: LatentEncoder | None = None,
    *,
    seen: Tensor | None = None,
    which: int = 0,
) -> tuple[Frame, ...]:
    """The frame of a person in each photo.

    Args:
        photo: `[B, 3, H, W]` in [0, 1].
        generator: what the frames are for.
        segmenter: finds the person, and learns from the generator how people stand in its pictures.
        encoder: several sizes are tried, and the one that it and the generator know best is taken.
        seen: where people are, `[B, 1, h, w]`; takes the place of the segmenter's search.
        which: which person, 0 for the surest, or largest.

    Raises:
        NobodyError: if nobody is in any photo. Frames of a few photos of a batch say `untouched`.
        ImageError: if there is no such person, or nothing that could find one.
    """
    photo_size, size = (photo.shape[-2], photo.shape[-1]), generator.resolution
    placement = STANDARD if segmenter is None else learn_placement(generator, segmenter)
    if seen is None and segmenter is None:
        raise ImageError(
            "Nothing tells where the person is: give a segmenter, a mask of the person, or a frame."
        )
    known = None
    if seen is None and encoder is not None and segmenter is not None:
        known = recognition(generator, encoder, segmenter)
    general = of_generator(placement)
    frames: list[Frame] = []
    missing: list[NobodyError] = []
    for index, one in enumerate(photo.split(1)):
        try:
            if seen is not None:
                person = seen[index : index + 1]
                frame = frame_from_person(person, photo_size, size, placement, which=which)
            else:
                assert segmenter is not None
                frame = find_person(one, segmenter, size, placement, known=known, which=which)
        except NobodyError as error:
            missing.append(error)
            frame = _of_nobody(photo_size, size)
        frames.append(replace(frame, remarks=(*general, *frame.remarks)))
    if len(missing) == len(frames):  # others of a batch go on
        raise missing[0]
    return (
        tuple(frames) if encoder is None else _fitted(photo, frames, generator, encoder, placement)
    )


def pictures_drawn(photos: int, *, segmenter: bool, encoder: bool) -> int:
    """About how often `frame_people` calls the generator.

    Args:
        photos: how many are framed.
        segmenter: whether one is given.
        encoder: likewise.
    """
    learning = PICTURES if segmenter else 0
    fitting = 2 + photos * len(FACTORS) if encoder else 0
    return learning + fitting


def _fitted(
    photo: Tensor,
    frames: Sequence[Frame],
    generator: Synthesizer,
    encoder: LatentEncoder,
    placement: Placement,
) -> tuple[Frame, ...]:
    """The frames in the sizes that generator and encoder know best."""
    known = misfit(generator, encoder)
    pairs = zip(photo.split(1), frames, strict=True)
    return tuple(
        frame if frame.untouched else fit_size(one, frame, placement, known) for one, frame in pairs
    )


def others_left(frames: Sequence[Frame]) -> list[str]:
    """What to say of photos in which more people were found than one, in sentences."""
    return [
        f"More than one person was found in {_photo(index, len(frames))}; one of them is edited."
        for index, frame in enumerate(frames)
        if frame.others
    ]


def _photo(index: int, count: int) -> str:
    return "the photo" if count == 1 else f"photo {index} of the batch"


def _of_nobody(photo_size: Size, size: Size) -> Frame:
    """All of a photo in which nobody was found."""
    height, width = photo_size
    around = frame_from_box((0, 0, width, height), photo_size, size, TIGHT)
    return replace(around, untouched=True)


def remarks_on(frames: Sequence[Frame]) -> list[str]:
    """What an artist should know about the frames of a batch, each sentence with its photo."""
    return [
        remark if len(frames) == 1 else f"Photo {index} of the batch: {remark}"
        for index, frame in enumerate(frames)
        for remark in frame.remarks
        if not frame.untouched
    ]


def crop_each(photo: Tensor, frames: Sequence[Frame]) -> Tensor:
    """What each frame shows of its photo or mask, at the size of the generator."""
    pairs = zip(photo.split(1), frames, strict=True)
    return torch.cat([crop(one, frame) for one, frame in pairs])
