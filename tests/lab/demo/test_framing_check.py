"""The photos that framing is judged on; their figures are measured by hand, not here."""

from __future__ import annotations

import torch

from fice.lab.demo.check.framing import ROOMS, framing_cases


def test_figures_stand_inside_their_rooms():
    cases = list(framing_cases(2))
    assert len({place.seed for _, place in cases}) == 2 * len(ROOMS)
    for number, (photo, place) in enumerate(cases):
        height, width = ROOMS[number // 2].size
        left, top, right, bottom = place.box
        assert photo.shape == (1, 3, height, width)
        assert 0 <= left < right <= width
        assert 0 <= top < bottom <= height


def test_same_photos_every_time():
    once, again = ([photo for photo, _ in framing_cases(1)] for _ in range(2))
    assert all(torch.equal(a, b) for a, b in zip(once, again, strict=True))
