from __future__ import annotations

import pytest
import torch

from fice.base.frame import Frame
from fice.framing import overview, zoomed
from fice.framing.overview import SHADE


def test_frame_is_bright_and_the_rest_dark():
    photo = torch.full((1, 3, 400, 300), 0.8)
    shown = overview(photo, Frame((150, 200, 250, 300), (400, 300), (8, 8)), longest=200)
    assert shown.shape == (1, 3, 200, 150)
    torch.testing.assert_close(shown[0, :, 125, 100], torch.full((3,), 0.8))
    torch.testing.assert_close(shown[0, :, 20, 20], torch.full((3,), 0.8 * SHADE))


def test_frame_beyond_the_photo():
    shown = overview(torch.rand(1, 3, 40, 30), Frame((-9, -9, 60, 60), (40, 30), (8, 8)))
    assert shown.isfinite().all()


def test_zoom_keeps_the_centre():
    frame = zoomed(Frame((10, 20, 50, 60), (100, 100), (8, 8), "white"), 1.5)
    assert frame.box == (0, 10, 60, 70)
    assert frame.padding == "white"


@pytest.mark.parametrize("factor", [0.5, 2.0])
def test_zoom_there_and_back(factor):
    frame = Frame((8, 16, 24, 48), (100, 100), (8, 4))
    assert zoomed(zoomed(frame, factor), 1 / factor) == frame
