from __future__ import annotations

import numpy as np
import pytest
import torch

from fice.base.types import BodyChart, Regions
from fice.reports.sheets import (
    REGION_COLOURS,
    Row,
    chart_picture,
    contact_sheet,
    mask_picture,
    regions_picture,
)


def test_contact_sheet_has_room_for_all():
    picture = np.zeros((20, 10, 3), np.uint8)
    small = contact_sheet(["a", "b"], [Row("one", [picture, picture])], cell=40)
    large = contact_sheet(["a", "b"], [Row("one", [picture] * 2), Row("ü", [picture])], cell=40)
    assert large.shape[0] > small.shape[0]
    assert (small[-50:-10] == 0).all(2).sum() == 2 * 40 * 20


def test_regions_in_their_colours():
    parts = torch.eye(4).view(4, 1, 1, 1, 4).unbind(0)
    background, skin, garment, head = parts
    picture = regions_picture(Regions(background, skin + garment, garment, head))
    assert [tuple(colour) for colour in picture[0].tolist()] == list(REGION_COLOURS.values())


def test_chart_parts_have_colours_of_their_own():
    fine = torch.eye(25).view(1, 25, 1, 25) * 9
    coarse = torch.stack([torch.zeros(1, 25), torch.ones(1, 25)]).view(1, 2, 1, 25)
    picture = chart_picture(BodyChart(coarse, fine))
    assert len({tuple(colour) for colour in picture[0].tolist()}) == 25


def test_mask_picture_fades_only_outside():
    image = torch.rand(3, 4, 4)
    mask = torch.zeros(1, 4, 4)
    mask[..., :2] = 1.0
    picture = mask_picture(image, mask)
    assert np.allclose(picture[:, :2] / 255, image.movedim(0, 2)[:, :2], atol=1 / 255)
    assert (picture[:, 2:] > 150).all()


TEXTS = (
    "红色连衣裙",
    "a beige café dress with a crêpe collar",
    "a long sleeved red and white striped turtleneck sweater with wide cuffs and a broad hem",
    "一件带有白色条纹的红色长袖高领毛衣，袖口很宽，下摆有褶皱，配一条米色的长裤和黑色的鞋",
)


class TestWords:
    """Of captions and of names of columns."""

    CELL = np.full((8, 8, 3), 128, np.uint8)

    def captioned(self, text):
        return contact_sheet(["0", "1"], [Row(text, [self.CELL] * 2)], cell=192)

    def named(self, text):
        return contact_sheet([text, "1"], [Row("", [self.CELL] * 2)], cell=192)

    @pytest.mark.parametrize("text", TEXTS)
    @pytest.mark.parametrize("sheet_of", ["captioned", "named"])
    def test_no_question_marks(self, sheet_of, text):
        questions = "".join(one if one.isascii() else "?" for one in text)
        drawn, other = (getattr(self, sheet_of)(one) for one in (text, questions))
        assert drawn.shape != other.shape or (drawn != other).any() or text.isascii()
        doubled = text.translate({ord(one): "é" for one in text if not one.isascii()})
        other = getattr(self, sheet_of)(doubled)
        assert drawn.shape != other.shape or (drawn != other).any() or text.isascii()

    @pytest.mark.parametrize("text", TEXTS)
    @pytest.mark.parametrize("sheet_of", ["captioned", "named"])
    def test_the_last_letters_are_there_and_nothing_at_the_edge(self, sheet_of, text):
        drawn, other = (getattr(self, sheet_of)(one) for one in (text, text[:-2] + "ww"))
        assert drawn.shape != other.shape or (drawn != other).any()
        background = drawn[0, 0]
        assert (drawn[:, -9:] == background).all()

    def test_long_words_grow_the_sheet_and_move_no_picture_over_them(self):
        short, long = self.captioned("short"), self.captioned(TEXTS[2])
        assert long.shape[0] > short.shape[0]
        assert (long[-202:] == short[-202:]).all()
        assert self.named(TEXTS[2]).shape[0] > short.shape[0] + 30
