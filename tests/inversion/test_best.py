from __future__ import annotations

import torch

from fice.inversion import best_so_far
from fice.inversion.step import InversionStep


def step(index, *totals):
    total = torch.tensor(totals)
    filled = torch.full((2, 1, 1), float(index))
    return InversionStep(index, filled, filled[..., None], {"clip": total}, total)


def test_each_image_keeps_its_own_best():
    best = None
    for one in (step(0, 3.0, 2.0), step(1, 1.0, 4.0), step(2, 2.0, 1.0), step(3, 1.0, 9.0)):
        best = best_so_far(best, one)
    assert best.index.tolist() == [1, 2]
    assert best.ws.flatten().tolist() == [1.0, 2.0]
    assert best.image.flatten().tolist() == [1.0, 2.0]
    assert best.total.tolist() == best.losses["clip"].tolist() == [1.0, 1.0]


def test_an_earlier_step_wins_a_tie():
    best = None
    for one in (step(0, 2.0, 2.0), step(1, 1.0, 1.0), step(2, 0.999999, 0.9998)):
        best = best_so_far(best, one)
    assert best.index.tolist() == [1, 2]
