"""How a crop of the generator's proportions lies on a photo."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from .errors import ImageError

Size: TypeAlias = tuple[int, int]
"""Height and width in pixels."""

Box: TypeAlias = tuple[int, int, int, int]
"""left, top, right, bottom in pixels; right and bottom are the first column and row outside."""

Padding = Literal["edge", "reflect", "white"]

SMALLEST_VISIBLE_SHARE = 0.01


@dataclass(frozen=True)
class Frame:
    """How a crop was taken from a photo, so that it can be put back.

    Attributes:
        box: the part of the photo that the crop shows; it may reach beyond the photo.
        photo_size: of the photo.
        size: of the crop, the generator's resolution.
        padding: what the crop shows beyond the photo: its border repeated, mirrored, or white.
        untouched: nothing of the photo is to be replaced, as nobody was found in it.
        others: how many more people were found; of a search, those whom the generator knows.
        remarks: what an artist should know about it, in sentences.
    """

    box: Box
    photo_size: Size
    size: Size
    padding: Padding = "edge"
    untouched: bool = False
    others: int = 0
    remarks: tuple[str, ...] = ()

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
