from __future__ import annotations

import pytest

from fice.base.errors import ImageError
from fice.base.frame import Frame, overlap
from fice.framing import TIGHT, Placement, frame_from_box

PHOTO = (4000, 3000)
SQUARE = (128, 128)


def test_person_stands_as_in_the_training_pictures():
    frame = frame_from_box((1000, 1000, 1400, 1950), PHOTO, SQUARE, Placement(top=0.05))
    assert frame.box == (700, 950, 1700, 1950)
    assert frame.box_size == (1000, 1000)


def test_rectangular_generator():
    frame = frame_from_box((1000, 1000, 1400, 2000), PHOTO, (256, 192), Placement(top=0.0))
    assert frame.box_size == (1000, 750)


def test_spread_arms_need_a_larger_frame_and_keep_the_lower_edge():
    frame = frame_from_box((1000, 1000, 2000, 1500), PHOTO, SQUARE, Placement(side=0.0))
    assert frame.box == (1000, 500, 2000, 1500)


@pytest.mark.parametrize(("align", "top"), [("top", 1000), ("centre", 750), ("bottom", 500)])
def test_alignment(align, top):
    placement = Placement(top=0.0, bottom=1.0, side=0.0, align=align)
    assert frame_from_box((1000, 1000, 2000, 1500), PHOTO, SQUARE, placement).box[1] == top


def test_tight_box_stays_in_the_middle():
    frame = frame_from_box((100, 100, 200, 160), PHOTO, SQUARE, TIGHT)
    assert frame.box == (100, 80, 200, 180)


def test_visible_part():
    frame = Frame((-10, -20, 90, 80), (50, 60), SQUARE)
    assert frame.visible == (0, 0, 60, 50)


def test_overlap():
    assert overlap((0, 0, 2, 2), (0, 0, 2, 2)) == 1.0
    assert overlap((0, 0, 2, 2), (1, 0, 3, 2)) == pytest.approx(1 / 3)
    assert overlap((0, 0, 2, 2), (5, 5, 6, 6)) == 0.0


@pytest.mark.parametrize("box", [(10, 10, 10, 20), (20, 10, 10, 20)])
def test_empty_box(box):
    with pytest.raises(ImageError, match="is empty"):
        Frame(box, PHOTO, SQUARE)
    with pytest.raises(ImageError, match="is empty"):
        frame_from_box(box, PHOTO, SQUARE)


@pytest.mark.parametrize("box", [(4000, 0, 5000, 1000), (-999, -999, 1, 1)])
def test_beside_the_photo(box):
    with pytest.raises(ImageError, match="3000 wide and 4000 high; move it"):
        Frame(box, PHOTO, SQUARE)


@pytest.mark.parametrize("numbers", [{"top": 1.0, "bottom": 0.5}, {"side": 0.5}, {"head": 0.0}])
def test_impossible_placement(numbers):
    with pytest.raises(ValueError, match="above"):
        Placement(**numbers)
