"""What an artist should know about the frame of a person, one sentence each."""

from __future__ import annotations

from ..base.frame import Box, Frame, Size
from .placement import Placement

SMALLEST_SHARE = 0.25  # of the generator's height, below which a person is enlarged too much
FACE = 0.5  # side of the head over the height of a picture, from which on it is a portrait
EDGE = 0.01  # of the photo's height: a person who ends so near its edge is cut by it


def of_size(frame: Frame) -> tuple[str, ...]:
    """If the person is much smaller than the generator draws people."""
    height, drawn = frame.box_size[0], frame.size[0]
    if height >= SMALLEST_SHARE * drawn:
        return ()
    return (
        f"The person is small: the frame is {height} pixels high, and the generator draws {drawn}. "
        "The result will look soft; a larger photo, or one taken from nearer, works better.",
    )


def of_cuts(person: Box, photo_size: Size, placement: Placement, *, head: bool) -> tuple[str, ...]:
    """If the photo cuts off what the generator expects to see.

    Args:
        person: box in the photo.
        photo_size: of the photo.
        placement: how people stand in the generator's pictures.
        head: whether a head was seen.
    """
    left, top, right, bottom = person
    height, width = photo_size
    edge = EDGE * height
    if not head or (top <= 0 and left > edge):
        return (
            "The person's head is not in the photo, or cut off by its upper edge. The result will "
            "look wrong there; use a photo that shows all of the head.",
        )
    if left <= edge or right >= width - edge:
        return (
            "The person is cut off by the side of the photo, and the crop repeats its edge there. "
            "Use a photo that shows both arms.",
        )
    if placement.whole and bottom >= height - edge:
        return (
            "The person is cut off by the lower edge of the photo, but this generator draws people "
            "down to their feet, and the crop repeats the edge there. Use a photo that shows the "
            "feet.",
        )
    return ()


def of_generator(placement: Placement) -> tuple[str, ...]:
    """If the generator draws faces, and hardly any clothes."""
    if placement.head < FACE:
        return ()
    return (
        "This generator draws faces: heads fill more than half the height of its pictures. Clothes "
        "need one that draws people, e.g. `fice models get photos`.",
    )
