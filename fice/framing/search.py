"""Finding a person anywhere in a photo with a segmenter that only knows framed people.

A segmenter that was trained on crops with one person each sees nonsense in a whole photo. So it
looks at many crops, coarse to fine, and the ones that win are those in which it sees a person who
stands as in its training pictures. The frame is then moved onto that person until it stays.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

import torch
from torch import Tensor

from fice.errors import ImageError
from fice.framing.cropping import crop
from fice.framing.frame import STANDARD, Frame, Placement, Size, frame_from_box, overlap
from fice.framing.people import person_boxes
from fice.images import resize
from fice.shapes import check_shape
from fice.types import Perceptor, Regions


@dataclass(frozen=True)
class PersonSearch:
    """How thoroughly to look.

    Attributes:
        smallest: height of the smallest frame that is tried, as a fraction of the photo's.
        scale_step: factor between the sizes of frames.
        stride: distance of neighbouring frames, as a fraction of their size.
        tries: how many of the best frames are moved onto what they show.
        moves: how often each may move.
        settled: overlap of two frames that counts as the same.
        least_score: what the best must reach to count as a person.
        chunk: crops that are looked at together, which bounds the memory.
    """

    smallest: float = 0.2
    scale_step: float = 1.5
    stride: float = 1 / 3
    tries: int = 6
    moves: int = 5
    settled: float = 0.97
    least_score: float = 0.5
    chunk: int = 16


THOROUGH = PersonSearch()
"""Finds people from a fifth of the photo's height on."""


@dataclass(frozen=True)
class FoundPerson:
    """A frame with somebody in it.

    Attributes:
        frame: as the generator needs it.
        score: 0 to 1; how sure the segmenter is, and how well the person stands in the frame.
    """

    frame: Frame
    score: float


def find_people(
    photo: Tensor,
    segmenter: Perceptor[Regions],
    size: Size,
    placement: Placement = STANDARD,
    search: PersonSearch = THOROUGH,
) -> tuple[FoundPerson, ...]:
    """The people in a photo, the most certain first; may be empty.

    Args:
        photo: `[1, 3, H, W]` in [0, 1], of any size.
        segmenter: sees background, body and head in a crop of `size`.
        size: the generator's resolution.
        placement: how people stand in its pictures.
        search: how thoroughly to look.
    """
    check_shape(photo, (1, 3, "H", "W"), "photo", "Look for people in one photo at a time.")
    with torch.no_grad():
        scanned = list(_scan(photo, segmenter, size, placement, search))
        best = _distinct(scanned, 0.5)[: search.tries]
        settled = [_settle(photo, one, segmenter, placement, search) for one in best]
    good = [one for one in settled if one.score >= search.least_score]
    return tuple(_distinct(good, 0.3))


def find_person(
    photo: Tensor,
    segmenter: Perceptor[Regions],
    size: Size,
    placement: Placement = STANDARD,
    search: PersonSearch = THOROUGH,
    *,
    which: int = 0,
) -> Frame:
    """The frame of one of `find_people`, 0 for the most certain.

    Raises:
        ImageError: if there is no such person.
    """
    found = find_people(photo, segmenter, size, placement, search)
    if not 0 <= which < len(found):
        seen = f"{len(found)} people were" if found else "Nobody was"
        raise ImageError(
            f"{seen} found in the photo, so there is no person number {which} (counted from 0). "
            "Give the frame, a box or a mask of the person by hand."
        )
    return found[which].frame


def _scan(
    photo: Tensor,
    segmenter: Perceptor[Regions],
    size: Size,
    placement: Placement,
    search: PersonSearch,
) -> Iterator[FoundPerson]:
    """Every frame of the grid with its score."""
    frames = list(_grid((photo.shape[-2], photo.shape[-1]), size, search))
    # Shrunk once, to what the smallest frame needs: the crops overlap, and there are hundreds.
    small = _shrink(photo, size[0] / min(frame.box_size[0] for frame in frames))
    for start in range(0, len(frames), search.chunk):
        some = frames[start : start + search.chunk]
        crops = torch.cat([_crop_small(small, frame) for frame in some])
        yield from _scored(segmenter(crops), some, placement)


def _shrink(photo: Tensor, scale: float) -> Tensor:
    height, width = (max(1, round(side * min(1.0, scale))) for side in photo.shape[-2:])
    return resize(photo, (height, width))


def _grid(photo_size: Size, size: Size, search: PersonSearch) -> Iterator[Frame]:
    """Frames over the photo, the largest, which shows all of it, first."""
    aspect = size[1] / size[0]
    largest = max(photo_size[0], round(photo_size[1] / aspect))
    height = float(largest)
    while height >= min(max(size[0] / 2, search.smallest * largest), largest):
        rows, columns = round(height), max(1, round(height * aspect))
        tops = _starts(photo_size[0], rows, search.stride)
        lefts = _starts(photo_size[1], columns, search.stride)
        for top, left in product(tops, lefts):
            yield Frame((left, top, left + columns, top + rows), photo_size, size)
        height /= search.scale_step


def _starts(photo: int, frame: int, stride: float) -> list[int]:
    """Evenly spread starts, from one end of the photo to the other."""
    if frame >= photo:
        return [(photo - frame) // 2]
    count = 1 + round((photo - frame) / (stride * frame) + 0.5)
    return [round(index * (photo - frame) / (count - 1)) for index in range(count)]


def _crop_small(small: Tensor, frame: Frame) -> Tensor:
    """The crop of `frame` from a smaller copy of its photo."""
    size = (small.shape[-2], small.shape[-1])
    rows, columns = size[0] / frame.photo_size[0], size[1] / frame.photo_size[1]
    left, top, right, bottom = frame.box
    x, y = round(left * columns), round(top * rows)
    width = max(1, round((right - left) * columns))
    height = max(1, round((bottom - top) * rows))
    return crop(small, Frame((x, y, x + width, y + height), size, frame.size))


def _settle(
    photo: Tensor,
    found: FoundPerson,
    segmenter: Perceptor[Regions],
    placement: Placement,
    search: PersonSearch,
) -> FoundPerson:
    """Moves a frame onto the person in it until it stays; keeps the best on the way."""
    best = None
    frame = found.frame
    for _ in range(search.moves):
        regions = segmenter(crop(photo, frame))
        here = next(iter(_scored(regions, [frame], placement)))
        best = here if best is None or here.score > best.score else best
        moved = _implied(1.0 - regions.background, frame, placement)
        if moved is None or overlap(moved.box, frame.box) > search.settled:
            break
        frame = moved
    return best or found


def _scored(
    regions: Regions, frames: Sequence[Frame], placement: Placement
) -> Iterator[FoundPerson]:
    for index, frame in enumerate(frames):
        person = 1.0 - regions.background[index : index + 1]
        head = regions.head[index : index + 1]
        moved = _implied(person, frame, placement)
        fits = 0.0 if moved is None else overlap(moved.box, frame.box)
        yield FoundPerson(frame, fits * _certainty(person) * _upright(person - head, head))


def _implied(person: Tensor, frame: Frame, placement: Placement) -> Frame | None:
    """The frame that the person seen in `frame` should have had; None if nobody is seen."""
    boxes = person_boxes(person)
    if not boxes:
        return None
    try:
        return frame_from_box(
            frame.to_photo(_in_frame(boxes[0], person, frame)),
            frame.photo_size,
            frame.size,
            placement,
        )
    except ImageError:  # somebody who is seen in the padding only
        return None


def _in_frame(
    box: tuple[int, int, int, int], person: Tensor, frame: Frame
) -> tuple[int, int, int, int]:
    """A box of a map of any size in pixels of the crop."""
    rows, columns = frame.size[0] / person.shape[-2], frame.size[1] / person.shape[-1]
    left, top, right, bottom = box
    return round(left * columns), round(top * rows), round(right * columns), round(bottom * rows)


def _certainty(person: Tensor) -> float:
    """1 where each pixel is clearly a person's or clearly not, 0 where all are a coin's toss."""
    return float((2.0 * person - 1.0).abs().mean())


def _upright(body: Tensor, head: Tensor) -> float:
    """1 if there is a head above a larger body, else 0."""
    rows = torch.arange(body.shape[-2], device=body.device)[:, None]
    head_share, body_share = float(head.sum()), float(body.sum())
    if min(head_share, body_share) < 0.005 * body.numel() or head_share > body_share:
        return 0.0
    above = float((head * rows).sum()) / head_share < float((body * rows).sum()) / body_share
    return float(above)


def _distinct(found: Sequence[FoundPerson], most_overlap: float) -> list[FoundPerson]:
    """Best first, without those that show much of what a better one shows."""
    kept: list[FoundPerson] = []
    for one in sorted(found, key=lambda one: one.score, reverse=True):
        if one.score > 0 and all(
            overlap(one.frame.box, other.frame.box) <= most_overlap for other in kept
        ):
            kept.append(one)
    return kept
