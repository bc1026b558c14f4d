"""Where people are in a photo: connected parts of a mask, the largest person first."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import torch
from torch import Tensor

from ..base.errors import ImageError, NobodyError
from ..base.frame import Box, Frame, Padding, Size
from ..base.shapes import check_shape
from .placement import STANDARD, Placement, frame_from_box
from .remarks import of_size

GAP = 0.01  # of the mask's longer side: parts that are closer than this belong to one person
SMALLEST_SHARE = 0.05  # of the largest person's area: less is a speck and not a person


def person_boxes(person: Tensor, threshold: float = 0.5) -> tuple[Box, ...]:
    """A box for each person in a mask `[1, 1, H, W]`, the largest area first.

    People who overlap in the picture count as one.
    """
    labels, found = _labelled(person, threshold)
    return tuple(_box_of(labels == label) for label in found)


def people_in(person: Tensor, threshold: float = 0.5) -> list[Tensor]:
    """A mask for each person in a mask `[1, 1, H, W]`, the largest area first; 0 or 1."""
    labels, found = _labelled(person, threshold)
    return [
        torch.from_numpy(labels == label).to(person)[None, None].contiguous() for label in found
    ]


def _labelled(
    person: Tensor, threshold: float
) -> tuple[np.ndarray[tuple[int, ...], np.dtype[np.int32]], list[int]]:
    """Connected parts by number, and the numbers of those that are people, the largest first."""
    check_shape(person, (1, 1, "H", "W"), "person", "Look for people in one photo at a time.")
    hard = (person[0, 0].detach() > threshold).cpu().numpy().astype(np.uint8)
    reach = round(max(hard.shape) * GAP)
    kernel = np.ones((2 * reach + 1, 2 * reach + 1), np.uint8)
    # Dilated only for the labels: a belt or a shadow may cut a person into pieces.
    _, labels = cv2.connectedComponents(cv2.dilate(hard, kernel), connectivity=8)
    labels = (np.asarray(labels) * hard).astype(np.int32)
    areas = np.bincount(labels.ravel())
    areas[0] = 0
    found = [int(label) for label in np.argsort(-areas, kind="stable") if areas[label] > 0]
    return labels, [one for one in found if areas[one] >= SMALLEST_SHARE * areas[found[0]]]


def frame_from_person(
    person: Tensor,
    photo_size: Size,
    size: Size,
    placement: Placement = STANDARD,
    *,
    which: int = 0,
    padding: Padding = "edge",
) -> Frame:
    """Frames a person in a map of the whole photo: a mask, or what a network saw.

    Args:
        person: of whole people, `[1, 1, h, w]` in [0, 1], of any size.
        photo_size: of the photo.
        size: the generator's resolution.
        placement: where the person shall stand in the crop.
        which: 0 for the largest person, 1 for the next.
        padding: what the crop shows beyond the photo.

    Raises:
        NobodyError: if nobody was found.
        ImageError: if there is no such person.
    """
    boxes = person_boxes(person)
    check_person(which, len(boxes))
    rows, columns = photo_size[0] / person.shape[-2], photo_size[1] / person.shape[-1]
    left, top, right, bottom = boxes[which]
    scaled = (
        round(left * columns),
        round(top * rows),
        round(right * columns),
        round(bottom * rows),
    )
    frame = frame_from_box(scaled, photo_size, size, placement, padding)
    return replace(frame, others=len(boxes) - 1, remarks=of_size(frame))


def check_person(which: int, found: int) -> None:
    """Checks that there is a person number `which` among as many as were `found`.

    Raises:
        NobodyError: if nobody was found.
        ImageError: if there are fewer.
    """
    if found == 0:
        raise NobodyError(
            "Nobody was found in the photo. It has to show a person upright, from head to hip at "
            "least; if they are small in it, cut the photo closer to them."
        )
    if not 0 <= which < found:
        last = f"0 to {found - 1}" if found > 1 else "0"
        raise ImageError(
            f"There is no person number {which}: found were {found}, numbered {last}, the largest "
            "first."
        )


def _box_of(inside: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> Box:
    rows, columns = np.flatnonzero(inside.any(1)), np.flatnonzero(inside.any(0))
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1
