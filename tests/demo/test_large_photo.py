"""Where people are in a large photo is known, so framing can be judged with the demo networks."""

from __future__ import annotations

import torch

from fice.demo.world.large_photo import Place, draw_large_photo, large_photo


def test_figure_stands_where_it_was_put():
    alone, wall = (draw_large_photo((300, 200), places) for places in ([Place(7, 60, 80, 100)], []))
    changed = (alone != wall).any(2)
    assert not changed[:80].any()
    assert not changed[80:178, :60].any()
    assert changed[80:178, 60:160].mean() > 0.2
    assert changed[180:].all()  # the counter


def test_values():
    photo = large_photo((120, 90), [Place(7, 10, 20, 64)])
    assert photo.shape == (1, 3, 120, 90)
    assert photo.dtype == torch.float32
    assert photo.min() >= 0
    assert photo.max() <= 1
