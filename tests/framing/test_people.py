from __future__ import annotations

import pytest
import torch

from fice.errors import ImageError, ShapeError
from fice.framing import (
    Placement,
    frame_from_chart,
    frame_from_mask,
    frame_from_regions,
    person_boxes,
)
from fice.types import BodyChart, Regions

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
        frame_from_mask(mask(), SQUARE)


def test_which():
    placement = Placement(top=0.0)
    assert frame_from_mask(mask(SMALL, LARGE), SQUARE, placement).box == (0, 50, 300, 350)
    second = frame_from_mask(mask(SMALL, LARGE), SQUARE, placement, which=1)
    assert second.box == (-25, 10, 75, 110)
    with pytest.raises(ImageError, match="2 people were found, so there is no person number 2"):
        frame_from_mask(mask(SMALL, LARGE), SQUARE, which=2)


def test_regions_of_a_smaller_copy():
    person = mask(LARGE)
    regions = Regions(1 - person, person, person, 0 * person)
    frame = frame_from_regions(regions, (4000, 3000), SQUARE, Placement(top=0.0))
    assert frame.box == (0, 500, 3000, 3500)
    assert frame.photo_size == (4000, 3000)


def test_chart():
    person = mask(LARGE) * 20 - 10
    chart = BodyChart(torch.cat([-person, person], 1), torch.zeros(1, 25, 400, 300))
    frame = frame_from_chart(chart, (800, 600), SQUARE, Placement(top=0.0))
    assert frame.box == (0, 100, 600, 700)


def test_one_photo_at_a_time():
    with pytest.raises(ShapeError, match="one photo"):
        person_boxes(torch.zeros(2, 1, 8, 8))
