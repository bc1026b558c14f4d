"""How a crop of the generator's proportions lies on a photo."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from ..errors import ImageError

Size: TypeAlias = tuple[int, int]
"""Height and width in pixels."""

Box: TypeAlias = tuple[int, int, int, int]
"""left, top, right, bottom in pixels; right and bottom are the first column and row outside."""

Align = Literal["top", "centre", "bottom"]
Padding = Literal["edge", "reflect", "white"]

SMALLEST_VISIBLE_SHARE = 0.01


@dataclass(frozen=True)
class Placement:
    """How people stand in the pictures that a generator was trained on.

    The defaults are those of the demo world: the head just below the upper edge, the thighs cut by
    the lower one.

    Attributes:
        top: where the head begins, as a fraction of the frame's height.
        bottom: where the person ends; 1 is the lower edge.
        head: side of a square with the area of the head, as a fraction of the frame's height. It
            tells the scale of people whose lower end is not seen, or who stand on their feet.
        side: free space to the left and right of somebody who spreads the arms, as a fraction of
            the frame's width.
        align: where a person who is too wide for that height, and so gets a larger frame, keeps
            its place: at `top`, at `bottom`, or with the new space shared (`centre`).
    """

    top: float = 0.025
    bottom: float = 1.0
    head: float = 0.27
    side: float = 0.02
    align: Align = "bottom"

    def __post_init__(self) -> None:
        """Refuses places that no person could take."""
        if not (self.top < self.bottom and self.side < 0.5 and self.head > 0.0):
            raise ValueError(
                f"top {self.top} must be above bottom {self.bottom}, side {self.side} below 0.5, "
                f"and head {self.head} above 0"
            )


STANDARD = Placement()
"""As in the demo world; `measure_placement` learns that of another generator."""

TIGHT = Placement(top=0.0, bottom=1.0, side=0.0, align="centre")
"""The smallest frame around a box, for a region that is marked by hand."""


@dataclass(frozen=True)
class Frame:
    """How a crop was taken from a photo, so that it can be put back.

    Attributes:
        box: the part of the photo that the crop shows; it may reach beyond the photo.
        photo_size: of the photo.
        size: of the crop, the generator's resolution.
        padding: what the crop shows beyond the photo: its border repeated, mirrored, or white.
    """

    box: Box
    photo_size: Size
    size: Size
    padding: Padding = "edge"

    def __post_init__(self) -> None:
        """Refuses a frame that shows nothing, or hardly anything, of the photo.

        Raises:
            ImageError: if the box is empty or lies almost entirely beside the photo.
        """
        height, width = self.photo_size
        if area(self.box) == 0 or min(*self.size, *self.photo_size) < 1:
            raise ImageError(
                f"The frame {list(self.box)} (left, top, right, bottom) is empty; draw it larger."
            )
        if area(self.visible) < SMALLEST_VISIBLE_SHARE * area(self.box):
            raise ImageError(
                f"The frame {list(self.box)} (left, top, right, bottom) lies beside the photo, "
                f"which is {width} wide and {height} high; move it onto the person."
            )

    @classmethod
    def whole(cls, photo_size: Size, size: Size) -> Frame:
        """The frame of a photo that has the generator's proportions already."""
        return cls((0, 0, photo_size[1], photo_size[0]), photo_size, size)

    @property
    def visible(self) -> Box:
        """The part of `box` that lies on the photo."""
        height, width = self.photo_size
        return intersection(self.box, (0, 0, width, height))

    @property
    def box_size(self) -> Size:
        """Height and width of `box`."""
        left, top, right, bottom = self.box
        return bottom - top, right - left

    def to_photo(self, box: Box) -> Box:
        """A box of the crop, in pixels of the photo."""
        rows, columns = self.box_size[0] / self.size[0], self.box_size[1] / self.size[1]
        left, top = self.box[:2]
        return (
            left + round(box[0] * columns),
            top + round(box[1] * rows),
            left + round(box[2] * columns),
            top + round(box[3] * rows),
        )


def frame_from_box(
    person: Box,
    photo_size: Size,
    size: Size,
    placement: Placement = STANDARD,
    padding: Padding = "edge",
) -> Frame:
    """Frames the person in the box `person` as `placement` says.

    Args:
        person: from head to where the person or the photo ends.
        photo_size: of the photo.
        size: of the crop, the generator's resolution.
        placement: where the person shall stand in the crop.
        padding: what the crop shows beyond the photo.

    Raises:
        ImageError: if the box is empty or lies beside the photo.
    """
    left, top, right, bottom = person
    if area(person) == 0:
        raise ImageError(
            f"The person box {list(person)} (left, top, right, bottom) is empty; draw it larger."
        )
    aspect = size[1] / size[0]
    by_height = (bottom - top) / (placement.bottom - placement.top)
    by_width = (right - left) / (1.0 - 2.0 * placement.side) / aspect
    height = max(by_height, by_width)
    upper = {
        "top": top - placement.top * height,
        "bottom": bottom - placement.bottom * height,
        "centre": (top + bottom - (placement.top + placement.bottom) * height) / 2,
    }[placement.align]
    return frame_at((left + right) / 2, upper, height, photo_size, size, padding)


def frame_at(
    centre: float,
    top: float,
    height: float,
    photo_size: Size,
    size: Size,
    padding: Padding = "edge",
) -> Frame:
    """The frame of the generator's proportions with this centre line, upper edge and height.

    Raises:
        ImageError: if it lies beside the photo.
    """
    rows, columns = max(1, round(height)), max(1, round(height * size[1] / size[0]))
    x, y = round(centre - columns / 2), round(top)
    return Frame((x, y, x + columns, y + rows), photo_size, size, padding)


def zoomed(frame: Frame, factor: float) -> Frame:
    """A frame with the same centre that shows `factor` times as much in height and width.

    Raises:
        ImageError: if it lies beside the photo.
    """
    left, top, right, bottom = frame.box
    height = (bottom - top) * factor
    centre = (left + right) / 2
    upper = (top + bottom - height) / 2
    return frame_at(centre, upper, height, frame.photo_size, frame.size, frame.padding)


def area(box: Box) -> int:
    """Pixels in `box`, 0 if it is empty."""
    return max(0, box[2] - box[0]) * max(0, box[3] - box[1])


def intersection(one: Box, other: Box) -> Box:
    """What both boxes cover; empty if they do not meet."""
    return (
        max(one[0], other[0]),
        max(one[1], other[1]),
        min(one[2], other[2]),
        min(one[3], other[3]),
    )


def overlap(one: Box, other: Box) -> float:
    """Intersection over union of two boxes, 0 to 1."""
    both = area(intersection(one, other))
    return both / max(1, area(one) + area(other) - both)
