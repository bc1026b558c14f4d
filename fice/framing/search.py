"""Finding a person anywhere in a photo with a segmenter that only knows framed people.

A segmenter that was trained on crops with one person each sees nonsense in a whole photo. So it
looks at many crops, and the ones that win are those in which it sees a person who stands as in its
training pictures. The frame is then moved onto that person until it stays.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

import torch
from torch import Tensor

from ..base.errors import ImageError
from ..base.frame import Frame, Size, overlap
from ..base.images import resize
from ..base.shapes import check_shape
from ..base.ties import bar, largest_first
from ..base.types import Perceptor, Regions
from .cropping import crop
from .learning import head_side
from .people import check_person, person_boxes
from .placement import STANDARD, Placement, frame_at

CONTEXT = 1.25  # how much larger than a frame the view is that shows where a person ends
PROPORTIONS = 1.4  # most that the heights told by head and by whole person may differ
SHARPER = 2.0  # the copy of the photo that frames settle on, over that which is scanned
SMALLEST_PART = 0.005  # of the crop: less of head or body is none


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

    Raises:
        ImageError: if the segmenter sees no heads, by which people are found.
    """
    if not getattr(segmenter, "sees_heads", True):
        raise ImageError(
            "This segmenter knows clothes only and sees no heads, by which people are found. Frame "
            "the photo with another, e.g. segformer_b2_clothes, or by hand."
        )
    check_shape(photo, (1, 3, "H", "W"), "photo", "Look for people in one photo at a time.")
    with torch.no_grad():
        frames = list(_grid((photo.shape[-2], photo.shape[-1]), size, search))
        # Shrunk once, to what the smallest frame needs: the crops overlap, and are hundreds.
        scale = size[0] / min(frame.box_size[0] for frame in frames)
        small, sharper = (_shrink(photo, factor * scale) for factor in (1.0, SHARPER))
        scanned = list(_scan(small, frames, segmenter, placement, search))
        best = _distinct(scanned, 0.5)[: search.tries]
        settled = [_settle(sharper, one, segmenter, placement, search) for one in best]
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
        NobodyError: if nobody was found.
        ImageError: if there is no such person, or the segmenter sees no heads.
    """
    found = find_people(photo, segmenter, size, placement, search)
    check_person(which, len(found))
    return found[which].frame


def _scan(
    small: Tensor,
    frames: Sequence[Frame],
    segmenter: Perceptor[Regions],
    placement: Placement,
    search: PersonSearch,
) -> Iterator[FoundPerson]:
    """Every frame with its score."""
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
    small: Tensor,
    found: FoundPerson,
    segmenter: Perceptor[Regions],
    placement: Placement,
    search: PersonSearch,
) -> FoundPerson:
    """Moves a frame onto the person in it until it stays; keeps the best on the way."""
    best = found
    frame = found.frame
    for _ in range(search.moves):
        view = _wider(frame)
        moved = _implied(segmenter(_crop_small(small, view)), view, placement)
        if moved is None:
            break
        seen = segmenter(_crop_small(small, moved))
        here = FoundPerson(moved, _score(seen, moved, placement))
        best = best if here.score < bar(best.score) else here
        if overlap(moved.box, frame.box) > search.settled:
            break
        frame = moved
    return best


def _wider(frame: Frame) -> Frame:
    """A frame that also shows what is around: only there it is seen where a person ends."""
    left, top, right, _ = frame.box
    height = frame.box_size[0]
    above = top - (CONTEXT - 1.0) / 2 * height
    return frame_at((left + right) / 2, above, height * CONTEXT, frame.photo_size, frame.size)


def _scored(
    regions: Regions, frames: Sequence[Frame], placement: Placement
) -> Iterator[FoundPerson]:
    for index, frame in enumerate(frames):
        yield FoundPerson(frame, _score(regions.only(slice(index, index + 1)), frame, placement))


def _score(regions: Regions, frame: Frame, placement: Placement) -> float:
    """How sure the segmenter is, times how well the person stands in the frame."""
    if not _upright(regions.body, regions.head):
        return 0.0
    moved = _implied(regions, frame, placement)
    if moved is None:
        return 0.0
    person = 1.0 - regions.background
    certainty = float((2.0 * person - 1.0).abs().mean())
    # Somebody who is cut by the sides is seen from too near.
    sides = float(torch.cat([person[..., 0], person[..., -1]]).mean())
    return overlap(moved.box, frame.box) * certainty * (1.0 - sides)


def _implied(regions: Regions, frame: Frame, placement: Placement) -> Frame | None:
    """The frame that the person seen in `frame` should have had; None if nobody is seen."""
    boxes = person_boxes(1.0 - regions.background)
    side = head_side(regions.head)
    if not boxes or side == 0.0:
        return None
    rows, columns = regions.head.shape[-2:]
    unit = frame.box_size[0] / rows
    _, top, _, bottom = boxes[0]
    by_head = side * frame.box_size[0] / placement.head
    by_person = (bottom - top) * unit / (placement.bottom - placement.top)
    # The whole person is the better measure, if it is seen and of the proportions in the pictures.
    ends = bottom < rows
    likely = 1.0 / PROPORTIONS < by_person / by_head < PROPORTIONS
    height = by_person if ends and likely else by_head
    across = (regions.head * torch.arange(columns, device=regions.head.device)).sum()
    centre = frame.box[0] + (float(across / regions.head.sum()) + 0.5) / columns * frame.box_size[1]
    upper = frame.box[1] + top * unit - placement.top * height
    try:
        return frame_at(centre, upper, height, frame.photo_size, frame.size)
    except ImageError:  # somebody who is seen in the padding only
        return None


def _upright(body: Tensor, head: Tensor) -> bool:
    """Whether there is a head above a larger body."""
    rows = torch.arange(body.shape[-2], device=body.device)[:, None]
    head_share, body_share = float(head.sum()), float(body.sum())
    if min(head_share, body_share) < SMALLEST_PART * body.numel() or head_share > body_share:
        return False
    return float((head * rows).sum()) / head_share < float((body * rows).sum()) / body_share


def _distinct(found: Sequence[FoundPerson], most_overlap: float) -> list[FoundPerson]:
    """Best first, without those that show much of what a better one shows."""
    kept: list[FoundPerson] = []
    seen = [one for one in found if one.score > 0]
    for one in (seen[index] for index in largest_first([one.score for one in seen])):
        if all(overlap(one.frame.box, other.frame.box) <= most_overlap for other in kept):
            kept.append(one)
    return kept
