from __future__ import annotations

import pytest
import torch

from fice.base.errors import ShapeError
from fice.edits import walk


def stop(value):
    return torch.full((1, 4, 2), float(value))


def values(stops, frames, **options):
    return [ws[0, 0, 0].item() for ws in walk([stop(one) for one in stops], frames, **options)]


def test_passes_through_every_stop():
    assert values([0, 4, 2], 5) == [0, 2, 4, 3, 2]


def test_ends_are_exact():
    a, b = (torch.randn(1, 4, 2, generator=torch.Generator().manual_seed(s)) for s in (0, 1))
    frames = list(walk([a, b], 7))
    assert torch.equal(frames[0], a)
    assert torch.equal(frames[-1], b)


def test_loop_shows_the_first_once():
    assert values([0, 4], 4, loop=True) == [0, 2, 4, 2]


@pytest.mark.parametrize("loop", [False, True])
def test_a_single_stop_stands_still(loop):
    assert values([3], 3, loop=loop) == [3, 3, 3]


def test_one_frame_is_the_first_stop():
    assert values([1, 2], 1) == [1]


def test_bad_input():
    with pytest.raises(ShapeError, match="at least one"):
        walk([], 3)
    with pytest.raises(ShapeError, match="ws 1"):
        walk([stop(0), torch.zeros(1, 5, 2)], 3)
    with pytest.raises(ValueError, match="at least 1"):
        walk([stop(0)], 0)
