"""What generator and segmenter together know of a crop."""

from __future__ import annotations

import pytest
import torch

from fice.base.frame import overlap
from fice.base.types import Regions
from fice.framing import recognition
from fice.framing.recognition import agreement
from fice.framing.search import find_people, find_person

from .test_search import AS_DRAWN, SIZE, ColourSegmenter, photo


def regions(garment, sure=1.0):
    """Somebody with a garment in the given columns, of a picture 8 by 8."""
    body = torch.zeros(1, 1, 8, 8)
    body[..., 2:, garment] = sure
    head = torch.zeros(1, 1, 8, 8)
    head[..., :2, garment] = sure
    return Regions(1.0 - body - head, body, body, head)


def test_agreement():
    here, beside = slice(2, 6), slice(4, 8)
    assert agreement(regions(here), regions(here)).item() == pytest.approx(1.0)
    assert agreement(regions(here), regions(beside)).item() == pytest.approx(1 / 3)
    assert agreement(regions(here, sure=0.75), regions(here)).item() == pytest.approx(0.75)


class Copying:
    """A generator and encoder who know every picture; the mean figure is black."""

    num_ws, w_dim = 1, 3 * SIZE[0] * SIZE[1]
    w_avg = torch.zeros(w_dim)

    def __call__(self, image):
        return image.flatten(1)[:, None]

    def synthesize(self, ws):
        return ws[:, 0].unflatten(1, (3, *SIZE))


def test_what_is_drawn_as_it_is_is_known():
    known = recognition(Copying(), Copying(), ColourSegmenter())
    picture = photo(*SIZE, (0, 0, 32))
    assert known(picture).item() > 0.5


def test_the_largest_who_is_known_goes_first():
    """The segmenter alone is as sure of either."""
    people = ((5, 20, 64), (100, 90, 96))
    whole = photo(200, 200, *people)

    def knows(size):
        def known(crops):
            # Of a figure in its frame half of a row is green, and a quarter of one above blue.
            green = (crops[:, 1, 20] > 0.8).float().mean(1)
            blue = (crops[:, 2, 8] > 0.8).float().mean(1)
            return 1.0 - 4.0 * ((green - 0.5).abs() + (blue - 0.25).abs()) - size

        return known

    found = find_people(whole, ColourSegmenter(), SIZE, AS_DRAWN, known=knows(0.0))
    assert [one.sure for one in found[:2]] == [True, True]
    assert overlap(found[0].frame.box, (100, 90, 196, 186)) > 0.8
    frame = find_person(whole, ColourSegmenter(), SIZE, AS_DRAWN, known=knows(0.0))
    assert frame.others == 1
    # A generator that knows nobody must not choose.
    alone = find_people(whole, ColourSegmenter(), SIZE, AS_DRAWN)
    unknown = find_people(whole, ColourSegmenter(), SIZE, AS_DRAWN, known=knows(9.0))
    assert [one.frame for one in unknown] == [one.frame for one in alone]
    assert not any(one.sure for one in unknown)
