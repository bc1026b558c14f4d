from __future__ import annotations

import pytest
import torch

from fice.base.errors import ImageError, ShapeError
from fice.framing import Placement, frame_from_person, person_boxes

PHOTO = (400, 300)
SQUARE = (64, 64)


def mask(*boxes, size=(400, 300)):
    people = torch.zeros(1, 1, *size)
    for left, top, right, bottom in boxes:
        people[..., top:bottom, left:right] = 1.0
    return people


SMALL, LARGE = (10, 10, 40, 110), (100, 50, 200, 350)


def test_largest_first():
    assert person_boxes(mask(SMALL, LARGE)) == (LARGE, SMALL)


def test_a_belt_does_not_cut_a_person_in_two():
    halves = mask((100, 50, 200, 180), (100, 184, 200, 350))
    assert person_boxes(halves) == ((100, 50, 200, 350),)


def test_specks_are_nobody():
    assert person_boxes(mask(LARGE, (10, 10, 14, 14))) == (LARGE,)


def test_nobody():
    assert person_boxes(mask()) == ()
    with pytest.raises(ImageError, match="Nobody was found"):
        frame_from_person(mask(), PHOTO, SQUARE)


def test_which():
    placement = Placement(top=0.0)
    both = mask(SMALL, LARGE)
    assert frame_from_person(both, PHOTO, SQUARE, placement).box == (0, 50, 300, 350)
    second = frame_from_person(both, PHOTO, SQUARE, placement, which=1)
    assert second.box == (-25, 10, 75, 110)
    assert second.others == 1
    assert frame_from_person(mask(LARGE), PHOTO, SQUARE, placement).others == 0
    with pytest.raises(ImageError, match="no person number 2: found were 2, numbered 0 to 1"):
        frame_from_person(both, PHOTO, SQUARE, which=2)


def test_a_map_smaller_than_the_photo():
    frame = frame_from_person(mask(LARGE), (4000, 3000), SQUARE, Placement(top=0.0))
    assert frame.box == (0, 500, 3000, 3500)
    assert frame.photo_size == (4000, 3000)


def test_one_photo_at_a_time():
    with pytest.raises(ShapeError, match="one photo"):
        person_boxes(torch.zeros(2, 1, 8, 8))
