from __future__ import annotations

import pytest
import torch

from fice.inversion import Plateau
from fice.inversion.step import InversionStep


def steps(*totals):
    empty = torch.zeros(0)
    return [
        InversionStep(index, empty, empty, {}, torch.tensor(total))
        for index, total in enumerate(totals)
    ]


def end(plateau, *totals):
    """Index of the step at which it is over, or None."""
    return next((s.index for s in steps(*totals) if plateau.reached_by(s)), None)


def test_after_so_many_steps_without_a_gain():
    assert end(Plateau(2), [1.0], [0.5], [0.5], [0.6], [0.1]) == 3


def test_a_gain_starts_the_count_again():
    assert end(Plateau(2), [1.0], [1.0], [0.9], [0.9], [0.8], [0.8]) is None


def test_small_gains_are_noise():
    assert end(Plateau(3, 0.1), [1.0], [0.99], [0.98], [0.97]) == 3
    assert end(Plateau(3, 0.001), [1.0], [0.99], [0.98], [0.97]) is None


def test_waits_for_every_image():
    assert end(Plateau(1), [1.0, 1.0], [1.0, 0.5], [1.0, 0.5]) == 2


def test_no_patience():
    with pytest.raises(ValueError, match="patience"):
        Plateau(0)
