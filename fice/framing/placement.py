"""Where a person stands in a frame, and the frames that follow from it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from ..base.errors import ImageError
from ..base.frame import Box, Frame, Padding, Size, area

WHOLE = 0.995

Align = Literal["top", "centre", "bottom"]


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

    @property
    def whole(self) -> bool:
        """Whether people are seen down to their feet, with space below."""
        return self.bottom < WHOLE


STANDARD = Placement()
"""As in the demo world; `measure_placement` learns that of another generator."""


TIGHT = Placement(top=0.0, bottom=1.0, side=0.0, align="centre")
"""The smallest frame around a box, for a region that is marked by hand."""


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
    return _like(frame, centre, upper, height)


def resized(frame: Frame, factor: float, placement: Placement) -> Frame | None:
    """The frame in another size, the top of the head in the same place; None beside the photo."""
    left, top, right, bottom = frame.box
    height = bottom - top
    upper = top + placement.top * height * (1.0 - factor)
    try:
        return _like(frame, (left + right) / 2, upper, height * factor)
    except ImageError:
        return None


def shifted(frame: Frame, across: float, down: float) -> Frame | None:
    """The frame moved by shares of its height; None beside the photo."""
    left, top, right, bottom = frame.box
    height = bottom - top
    try:
        return _like(frame, (left + right) / 2 + across * height, top + down * height, height)
    except ImageError:
        return None


def _like(frame: Frame, centre: float, top: float, height: float) -> Frame:
    """A frame of the same photo; what is to be said about it stays."""
    moved = frame_at(centre, top, height, frame.photo_size, frame.size, frame.padding)
    return replace(moved, others=frame.others, remarks=frame.remarks)
