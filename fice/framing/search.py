"""Finding a person anywhere in a photo with a segmenter that only knows framed people.

A segmenter that was trained on crops with one person each sees nonsense in a whole photo. So it
looks at many crops, and the ones that win are those in which it sees a person who stands as in its
training pictures. The frame is then moved onto that person until it stays.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
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
from .placement import STANDARD, Placement, frame_at, resized, shifted
from .recognition import Recognition
from .remarks import of_size
from .whole_view import find_in_whole

CONTEXT = 1.25  # how much larger than a frame the view is that shows where a person ends
PROPORTIONS = 1.4  # most that the heights told by head and by whole person may differ
KNOWN = 0.03  # what `recognition` reaches for most frames that lie well, and for no other
AS_SURE = 0.5  # of the best: who is recognised less than that is nobody
SHIFTS = ((-0.06, 0.0), (0.06, 0.0), (0.0, -0.06), (0.0, 0.06))  # likewise, of the frame's height
LIKELY = 3  # people of whom the generator is asked for the best size
SIZES = (1 / 1.25, 1 / 1.12, 1.12, 1.25, 1.4)  # tried around those whom the generator knows
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
        looks: how many frames are shown to the generator, if one helps.
        chunk: crops that are looked at together, which bounds the memory.
    """

    smallest: float = 0.2
    scale_step: float = 1.5
    stride: float = 1 / 3
    tries: int = 6
    moves: int = 5
    settled: float = 0.97
    least_score: float = 0.5
    looks: int = 16
    chunk: int = 16


THOROUGH = PersonSearch()
"""Finds people from a fifth of the photo's height on."""


@dataclass(frozen=True)
class FoundPerson:
    """A frame with somebody in it.

    Attributes:
        frame: as the generator needs it.
        score: 0 to 1; how sure the segmenter is, and how well the person stands in the frame.
        implied: the frame that they should have had.
        sure: whether it is somebody for certain: a segmenter that knows framed people only also
            sees some where nobody is.
    """

    frame: Frame
    score: float
    implied: Frame | None = None
    sure: bool = False


def find_people(
    photo: Tensor,
    segmenter: Perceptor[Regions],
    size: Size,
    placement: Placement = STANDARD,
    search: PersonSearch = THOROUGH,
    known: Recognition | None = None,
) -> tuple[FoundPerson, ...]:
    """The people in a photo, the most certain first; may be empty.

    With `known`, those whom the generator knows come first, the largest of them before the others.

    Args:
        photo: `[1, 3, H, W]` in [0, 1], of any size.
        segmenter: sees background, body and head in a crop of `size`.
        size: the generator's resolution.
        placement: how people stand in its pictures.
        search: how thoroughly to look.
        known: how surely the generator knows a crop, see `recognition`.

    Raises:
        ImageError: if the segmenter sees no heads, by which people are found.
    """
    check_shape(photo, (1, 3, "H", "W"), "photo", "Look for people in one photo at a time.")
    if getattr(segmenter, "sees_photos", False):
        frames = find_in_whole(photo, segmenter, size, placement)
        return tuple(FoundPerson(one, score=1.0, sure=True) for one in frames)
    if not getattr(segmenter, "sees_heads", True):
        raise ImageError(
            "This segmenter knows clothes only and sees no heads, by which people are found. Frame "
            "the photo with another, e.g. segformer_b2_clothes, or by hand."
        )
    with torch.no_grad():
        frames = list(_grid((photo.shape[-2], photo.shape[-1]), size, search))
        # Shrunk once, to what the smallest frame needs: the crops overlap, and are hundreds.
        scale = size[0] / min(frame.box_size[0] for frame in frames)
        small, sharper = (_shrink(photo, factor * scale) for factor in (1.0, SHARPER))
        scanned = list(_scan(small, frames, segmenter, placement, search))
        best = _distinct(scanned, 0.5)[: search.tries]
        settled = [_settle(sharper, one, segmenter, placement, search) for one in best]
        good = [one for one in settled if one.score >= search.least_score]
        recognised: list[FoundPerson] = []
        if known is not None:
            implied = [replace(one, frame=one.implied) for one in scanned if one.implied]
            recognised = _recognised(sharper, [*settled, *implied], known, placement, search)
    return tuple(_distinct_in_order([*recognised, *_distinct(good, 0.3)], 0.3))


def find_person(
    photo: Tensor,
    segmenter: Perceptor[Regions],
    size: Size,
    placement: Placement = STANDARD,
    search: PersonSearch = THOROUGH,
    known: Recognition | None = None,
    *,
    which: int = 0,
) -> Frame:
    """The frame of one of `find_people`, 0 for the first.

    Raises:
        NobodyError: if nobody was found.
        ImageError: if there is no such person, or the segmenter sees no heads.
    """
    found = find_people(photo, segmenter, size, placement, search, known)
    check_person(which, len(found))
    frame = found[which].frame
    more = max(0, sum(one.sure for one in found) - 1)
    return replace(frame, others=more, remarks=frame.remarks or of_size(frame))


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
        here = _found(seen, moved, placement)
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
        yield _found(regions.only(slice(index, index + 1)), frame, placement)


def _found(regions: Regions, frame: Frame, placement: Placement) -> FoundPerson:
    """Scored by how sure the segmenter is, times how well the person stands in the frame."""
    if not _upright(regions.body, regions.head):
        return FoundPerson(frame, 0.0)
    moved = _implied(regions, frame, placement)
    if moved is None:
        return FoundPerson(frame, 0.0)
    person = 1.0 - regions.background
    certainty = float((2.0 * person - 1.0).abs().mean())
    # Somebody who is cut by the sides is seen from too near.
    sides = float(torch.cat([person[..., 0], person[..., -1]]).mean())
    score = overlap(moved.box, frame.box) * certainty * (1.0 - sides)
    return FoundPerson(frame, score, moved)


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


def _recognised(
    small: Tensor,
    found: Sequence[FoundPerson],
    known: Recognition,
    placement: Placement,
    search: PersonSearch,
) -> list[FoundPerson]:
    """Those that the generator knows, each person once, the largest first."""
    sure = _known_best(small, _distinct(found, 0.75)[: search.looks], known)
    order = largest_first([one.score for one in sure])
    likely = _distinct_in_order([sure[index] for index in order], 0.3)[:LIKELY]
    people = [_refined(small, one, known, placement) for one in likely]
    best = max((one.score for one in people), default=0.0)
    least = max(KNOWN, AS_SURE * best)
    sure = _distinct([one for one in people if one.score >= least], 0.3)
    sure.sort(key=lambda one: -one.frame.box_size[0])
    return [replace(one, sure=True) for one in sure]


def _refined(
    small: Tensor, found: FoundPerson, known: Recognition, placement: Placement
) -> FoundPerson:
    """The size, then the place in which the generator knows a person best."""
    sizes = [resized(found.frame, factor, placement) for factor in SIZES]
    best = _best_of(small, found, sizes, known)
    return _best_of(small, best, [shifted(best.frame, *shift) for shift in SHIFTS], known)


def _best_of(
    small: Tensor, found: FoundPerson, frames: Sequence[Frame | None], known: Recognition
) -> FoundPerson:
    others = [replace(found, frame=frame) for frame in frames if frame is not None]
    return max([found, *_known_best(small, others, known)], key=lambda one: one.score)


def _known_best(
    small: Tensor, found: Sequence[FoundPerson], known: Recognition
) -> list[FoundPerson]:
    """`found`, scored by how surely the generator knows them."""
    # One after another: a large generator takes much memory for many pictures at once.
    scores = [float(known(_crop_small(small, one.frame))) for one in found]
    return [replace(one, score=score) for one, score in zip(found, scores, strict=True)]


def _distinct(found: Sequence[FoundPerson], most_overlap: float) -> list[FoundPerson]:
    """Best first, without those that show much of what a better one shows."""
    seen = [one for one in found if one.score > 0]
    order = largest_first([one.score for one in seen])
    return _distinct_in_order([seen[index] for index in order], most_overlap)


def _distinct_in_order(found: Sequence[FoundPerson], most_overlap: float) -> list[FoundPerson]:
    kept: list[FoundPerson] = []
    for one in found:
        if all(overlap(one.frame.box, other.frame.box) <= most_overlap for other in kept):
            kept.append(one)
    return kept
