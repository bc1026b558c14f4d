"""Framing by a segmenter that knows whole photos: figures of rectangles on grey."""

from __future__ import annotations

import pytest
import torch

from fice.base.errors import NobodyError
from fice.base.frame import overlap
from fice.base.types import Regions
from fice.framing import Placement, find_people, find_person

SQUARE, TALL = (64, 64), (128, 64)
UPPER = Placement(top=0.02, bottom=1.0, head=0.27)
WHOLE = Placement(top=0.05, bottom=0.95, head=0.12, side=0.2)
GREY = 0.5


class ColourSegmenter:
    """Sees blue as head and green as garment, at any size."""

    sees_photos = True

    def __init__(self):
        self.pixels = []

    def __call__(self, image):
        self.pixels.append(image.shape[-2] * image.shape[-1])
        red, green, blue = image.unbind(1)
        logits = 12 * torch.stack([0.3 + 0 * red, green - red, blue - red], 1)
        background, garment, head = logits.softmax(1).split(1, 1)
        return Regions(background, garment, garment, head)


def standing(photo, left, top, height, *, arms=0):
    """Somebody of `height` rows: a head an eighth as high, a body a quarter as wide."""
    head, body = round(0.13 * height), round(0.25 * height)
    middle = left + body // 2
    photo[0, :, top : top + head, middle - head // 2 : middle + head // 2] = BLUE
    photo[0, :, top + head : top + height, left : left + body] = GREEN
    if arms:
        shoulder = top + round(0.2 * height)
        photo[0, :, shoulder : shoulder + 8, left : left + body + arms] = GREEN
    return photo


BLUE = torch.tensor([0.0, 0.0, 1.0])[:, None, None]
GREEN = torch.tensor([0.0, 1.0, 0.0])[:, None, None]


def street(height=400, width=600):
    return torch.full((1, 3, height, width), GREY)


def test_a_whole_person_stands_as_in_the_pictures_of_the_generator():
    """Space of a twentieth above and below, the middle of the body in the middle."""
    photo = standing(street(), 250, 60, 300)
    left, top, right, bottom = find_person(photo, ColourSegmenter(), TALL, WHOLE).box
    assert bottom - top == pytest.approx(300 / 0.9, rel=0.03)
    assert top == pytest.approx(60 - 0.05 * 300 / 0.9, abs=6)
    assert (left + right) / 2 == pytest.approx(250 + 37, abs=6)


def test_nobodys_arm_is_cut():
    """As in StyleGAN-Human, who spreads the arms gets a larger frame."""
    photo = standing(street(), 250, 60, 300, arms=150)
    left, top, right, bottom = find_person(photo, ColourSegmenter(), TALL, WHOLE).box
    assert right >= 250 + 75 + 150 - 4
    assert abs(bottom - top - 2 * (right - left)) <= 2
    assert top < 60
    assert bottom > 360


def test_the_upper_body_of_a_standing_person_by_height_not_by_hair():
    """Hair makes heads larger than they are; somebody seen to the feet tells the scale better."""
    plain, hairy = (standing(street(), 250, 60, 300) for _ in range(2))
    hairy[0, :, 60:110, 262:312] = BLUE  # wide hair
    boxes = [find_person(one, ColourSegmenter(), SQUARE, UPPER).box for one in (plain, hairy)]
    assert overlap(*boxes) > 0.9
    height = boxes[0][3] - boxes[0][1]
    assert height == pytest.approx(0.129 * 300 / 0.27, rel=0.05)


def test_the_largest_is_framed_and_the_others_are_told():
    photo = standing(standing(street(), 60, 120, 160), 350, 40, 330)
    segmenter = ColourSegmenter()
    found = find_people(photo, segmenter, TALL, WHOLE)
    assert len(found) == 2
    frame = find_person(photo, segmenter, TALL, WHOLE)
    assert frame.box[0] > 290
    assert (frame.others, frame.remarks) == (1, ())
    second = find_person(photo, segmenter, TALL, WHOLE, which=1)
    assert second.box[2] < 300


def test_who_is_there_in_full_goes_before_who_is_cut():
    photo = standing(standing(street(), 60, 100, 240), 540, 0, 400)
    assert find_person(photo, ColourSegmenter(), TALL, WHOLE).box[2] < 300


def test_somebody_far_away_is_seen_again_from_near():
    photo = standing(street(1200, 1800), 900, 700, 130)
    frame = find_person(photo, ColourSegmenter(), TALL, WHOLE)
    assert frame.box[3] - frame.box[1] == pytest.approx(130 / 0.9, rel=0.04)


def test_work_does_not_grow_with_the_photo():
    segmenter = ColourSegmenter()
    find_people(standing(street(2400, 3600), 1500, 360, 1800), segmenter, TALL, WHOLE)
    assert sum(segmenter.pixels) < 1_000_000


@pytest.mark.parametrize(
    ("place", "size", "said"),
    [
        ((250, 0, 300), TALL, "head is not in the photo, or cut off by its upper edge"),
        ((250, 120, 290), TALL, "lower edge of the photo, but this generator draws people down"),
        ((0, 60, 300), TALL, "cut off by the side of the photo"),
        ((250, 60, 100), (1024, 512), "The person is small: the frame is 111 pixels high"),
    ],
)
def test_what_the_photo_lacks_is_said(place, size, said):
    frame = find_person(standing(street(), *place), ColourSegmenter(), size, WHOLE)
    (remark,) = frame.remarks
    assert said in remark


def test_upper_bodies_need_no_feet():
    photo = standing(street(), 250, 120, 290)
    assert not find_person(photo, ColourSegmenter(), SQUARE, UPPER).remarks


def test_nobody():
    with pytest.raises(NobodyError):
        find_person(street(), ColourSegmenter(), TALL, WHOLE)
