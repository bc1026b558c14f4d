from __future__ import annotations

import pytest
import torch

from fice.base.types import Regions
from fice.framing import STANDARD, learn_placement, measure_placement


def regions(*people, size=(64, 64)):
    """Each person: top, bottom and free columns at both sides; the head is 16 x 16."""
    person = torch.zeros(len(people), 1, *size)
    head = torch.zeros(len(people), 1, *size)
    for index, (top, bottom, side) in enumerate(people):
        person[index, :, top:bottom, side : size[1] - side] = 1.0
        head[index, :, top : top + 16, 24:40] = 1.0
    return Regions(1 - person, person - head, person - head, head)


def test_median():
    placement = measure_placement(regions((4, 64, 8), (5, 64, 10), (8, 60, 4)))
    assert placement.top == 5 / 64
    assert placement.bottom == 1.0
    assert placement.side == 4 / 64
    assert placement.head == pytest.approx(0.25)


def test_too_few_people_teach_nothing():
    assert measure_placement(regions((4, 64, 8), (64, 64, 8), (64, 64, 8))) == STANDARD


def test_from_a_generator(tiny_models):
    placement = learn_placement(tiny_models.generator, tiny_models.segmenter)
    assert placement.top == 0.5  # its head floats above the rest
    assert placement.bottom == 1.0
    assert placement.head == pytest.approx((4 * 8) ** 0.5 / 16)
    assert placement == learn_placement(tiny_models.generator, tiny_models.segmenter)


def test_draws_one_picture_after_another(tiny_models):
    """Eight of a large generator would not fit into a small machine."""
    drawn = []

    class Counted:
        def __getattr__(self, name):
            return getattr(tiny_models.generator, name)

        def synthesize(self, ws):
            drawn.append(len(ws))
            return tiny_models.generator.synthesize(ws)

    learn_placement(Counted(), tiny_models.segmenter)
    assert set(drawn) == {1}
