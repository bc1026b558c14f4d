"""Finding people with a segmenter that knows whole photos, by looking at the photo at once.

The first look tells where people are. Each is then looked at again in a view of their own, at a
higher resolution, and the frame follows from what was seen there. Framing of whole people as in
StyleGAN-Human (arXiv 2204.11823): the middle between neck and hips is the centre, and nobody's arm
is cut.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from ..base.errors import ImageError
from ..base.frame import Box, Frame, Size, area, intersection
from ..base.types import Perceptor, Regions
from . import remarks
from .cropping import crop
from .learning import head_side
from .people import people_in
from .placement import Placement, frame_at

LONGEST = 768  # pixels of the first look
VIEW = 448  # pixels of the second, its longer side
AROUND = 0.12  # of a person's box, shown on each side in the second look
HEAD_OF_HEIGHT = 0.129
"""Side of the head over the height of a standing person: the median of 241 street photos. Heads
vary by a fifth, because hair does; heights hardly do."""
STANDING = (0.085, 0.22)  # side of the head over the height, of somebody seen down to the feet
HIPS = (0.48, 0.56)  # of a standing person's height
BEST_PEOPLE = 6
LEAST_HEIGHT = 0.06  # of the photo's: smaller people are not looked for


@dataclass(frozen=True)
class SeenPerson:
    """Somebody in a photo, as a segmenter sees them.

    Attributes:
        mask: of the person in the view, `[1, 1, h, w]`, 0 or 1.
        head: likewise of the head.
        view: the part of the photo.
        box: of the person, in pixels of the photo.
    """

    mask: Tensor
    head: Tensor
    view: Frame
    box: Box

    @property
    def complete(self) -> bool:
        """Whether the head is there and not cut by the photo."""
        left, top, right, _ = self.box
        inside = left > 0 and right < self.view.photo_size[1] and top > 0
        return inside and head_side(self.head) > 0.0


def see_people(photo: Tensor, segmenter: Perceptor[Regions]) -> list[SeenPerson]:
    """The people in `photo` `[1, 3, H, W]`, the largest who is complete first."""
    height, width = photo_shape = (photo.shape[-2], photo.shape[-1])
    scale = min(1.0, LONGEST / max(photo_shape))
    whole = Frame(
        (0, 0, width, height),
        photo_shape,
        (max(1, round(height * scale)), max(1, round(width * scale))),
    )
    first = _seen_in(photo, whole, segmenter, None)
    again = [
        one
        for rough in first[:BEST_PEOPLE]
        for one in _seen_in(photo, _view_of(rough.box, photo_shape), segmenter, rough.box)[:1]
    ]
    tall = [one for one in again if one.box[3] - one.box[1] >= LEAST_HEIGHT * height]
    return sorted(tall, key=lambda one: (not one.complete, -area(one.box)))


def _view_of(box: Box, photo_size: Size) -> Frame:
    """What is looked at again: a person and some of what is around, within the photo."""
    left, top, right, bottom = box
    x, y = (max(4, round(AROUND * side)) for side in (right - left, bottom - top))
    # Never narrower than half its height: the segmenter knows people with something around them.
    x = max(x, round(((bottom - top) / 2 - (right - left)) / 2))
    around = (left - x, top - y, right + x, bottom + y)
    inside = intersection(around, (0, 0, photo_size[1], photo_size[0]))
    height, width = inside[3] - inside[1], inside[2] - inside[0]
    scale = VIEW / max(height, width)
    size = (max(1, round(height * scale)), max(1, round(width * scale)))
    return Frame(inside, photo_size, size)


def _seen_in(
    photo: Tensor, view: Frame, segmenter: Perceptor[Regions], wanted: Box | None
) -> list[SeenPerson]:
    """Who is seen in a view; the one who is most like `wanted` first."""
    with torch.no_grad():
        seen = segmenter(crop(photo, view))
    masks = people_in(1.0 - seen.background)
    found = [SeenPerson(mask, seen.head * mask, view, _box_of(mask, view)) for mask in masks]
    if wanted is not None:
        found.sort(key=lambda one: -area(intersection(one.box, wanted)))
    return found


def _box_of(mask: Tensor, view: Frame) -> Box:
    """Where the person is, in pixels of the photo."""
    rows, columns = (mask[0, 0].any(side).nonzero()[:, 0] for side in (1, 0))
    down, across = (a / b for a, b in zip(view.box_size, view.size, strict=True))
    left, top = view.box[:2]
    return (
        left + round(float(columns[0]) * across),
        top + round(float(rows[0]) * down),
        left + round(float(columns[-1] + 1) * across),
        top + round(float(rows[-1] + 1) * down),
    )


def frame_of(person: SeenPerson, size: Size, placement: Placement) -> Frame | None:
    """The frame of the generator around a person, with remarks on what the photo lacks.

    None if it would lie beside the photo.
    """
    left, top, right, bottom = person.box
    photo_size, standing = person.view.photo_size, _stands(person)
    head = head_side(person.head) * person.view.box_size[0]
    if placement.whole:
        height, centre = bottom - top, _centre(person, standing=standing)
        height = _whole_height(person, head, height, standing=standing)
        height /= placement.bottom - placement.top
        # Nobody's arm is cut: a wide person gets a frame as wide, and so a higher one.
        half = max(centre - left, right - centre)
        wide = 2.0 * half * size[0] / size[1]
        upper = top - placement.top * height - max(0.0, wide - height) / 2
        height = max(height, wide)
    else:
        head = HEAD_OF_HEIGHT * (bottom - top) if standing else head
        height = head / placement.head if head > 0.0 else float(bottom - top)
        centre, upper = _centre(person, standing=standing), top - placement.top * height
    try:
        frame = frame_at(centre, upper, height, photo_size, size)
    except ImageError:  # somebody at the very edge
        return None
    cuts = remarks.of_cuts(person.box, photo_size, placement, head=head > 0.0)
    return replace(frame, remarks=(*cuts, *remarks.of_size(frame)))


def _whole_height(person: SeenPerson, head: float, seen: float, *, standing: bool) -> float:
    """How tall somebody is, of whom the photo may show a part only."""
    cut = person.box[3] >= person.view.photo_size[0] - remarks.EDGE * person.view.photo_size[0]
    if standing or not cut or head == 0.0:
        return seen
    return max(seen, head / HEAD_OF_HEIGHT)


def _stands(person: SeenPerson) -> bool:
    """Whether somebody is seen from head to feet."""
    _, top, _, bottom = person.box
    height = person.view.photo_size[0]
    share = head_side(person.head) * person.view.box_size[0] / max(1, bottom - top)
    return bottom < height * (1.0 - remarks.EDGE) and STANDING[0] < share < STANDING[1]


def _centre(person: SeenPerson, *, standing: bool) -> float:
    """Column of the photo: between head and hips of who stands, else between head and body."""
    mask = person.mask[0, 0]
    rows = mask.any(1).nonzero()[:, 0]
    first, count = int(rows[0]), len(rows)
    body = (person.mask * (person.head < 0.5))[0, 0]
    if standing:
        low, high = (first + round(share * count) for share in HIPS)
        body = body[low : max(low + 1, high)]
    columns = [one for one in (person.head[0, 0], body) if float(one.sum()) > 0.0]
    if not columns:
        columns = [mask]
    middle = sum(_middle(one) for one in columns) / len(columns)
    return person.view.box[0] + middle * person.view.box_size[1] / person.view.size[1]


def _middle(mask: Tensor) -> float:
    """Column on both sides of which half of a mask `[h, w]` lies."""
    share = mask.sum(0).cumsum(0)
    return float((share < share[-1] / 2).sum()) + 0.5


def find_in_whole(
    photo: Tensor, segmenter: Perceptor[Regions], size: Size, placement: Placement
) -> list[Frame]:
    """The frames of the people in `photo` `[1, 3, H, W]`, the largest who is complete first."""
    found = (frame_of(one, size, placement) for one in see_people(photo, segmenter))
    return [frame for frame in found if frame is not None]
