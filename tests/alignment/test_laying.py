from __future__ import annotations

import numpy as np
import pytest
import torch

from fice.alignment import Transform, lay
from fice.alignment.flow import fit_flow
from fice.alignment.transform import whole


def gradient(height=40, width=30):
    """A picture whose colours tell where a pixel comes from."""
    rows = torch.linspace(0.1, 0.9, height)[:, None].expand(height, width)
    columns = torch.linspace(0.1, 0.9, width).expand(height, width)
    return torch.stack([rows, columns, torch.full((height, width), 0.5)])


def test_nothing_moves():
    image = gradient()
    laid, covered = lay(image, whole((40, 30), (40, 30)))
    assert torch.allclose(laid, image, atol=1e-5)
    assert bool((covered == 1).all())


@pytest.mark.parametrize("height", [20, 700])
def test_a_shift_is_undone_and_what_is_not_shown_is_told(height):
    """The second size takes several strips."""
    image = gradient(height)
    matrix = np.array([[1.0, 0.0, 3.0], [0.0, 1.0, 5.0]])
    laid, covered = lay(image, Transform(matrix, (height, 30), (height, 30)))
    assert torch.allclose(laid[:, : height - 5, :27], image[:, 5:, 3:], atol=1e-5)
    assert bool((covered[0, : height - 5, :27] == 1).all())
    assert not bool(covered[0, height - 5 :].any())
    assert not bool(covered[0, :, 27:].any())


def test_a_finer_picture_is_averaged():
    noise = torch.rand(3, 400, 400, generator=torch.Generator().manual_seed(0))
    laid, _ = lay(noise, whole((40, 40), (400, 400)))
    assert laid.shape == (3, 40, 40)
    assert float(laid.std()) < 0.1  # sampled without averaging it would be 0.29


def test_a_flow_comes_before_the_transform():
    rng = np.random.default_rng(0)
    places = rng.uniform(0, 200, (500, 2))
    flow = fit_flow(places, np.tile([2.0, 0.0], (500, 1)), (200, 200))
    image = gradient(200, 200)
    laid, _ = lay(image, whole((200, 200), (200, 200)), flow)
    assert torch.allclose(laid[:, 50:150, 50:150], image[:, 50:150, 52:152], atol=2e-3)


def test_a_flow_does_not_follow_what_moves_by_itself():
    rng = np.random.default_rng(0)
    places = rng.uniform(0, 200, (500, 2))
    moved = np.tile([1.0, 0.0], (500, 1))
    moved[:100] += rng.normal(0, 20, (100, 2))
    flow = fit_flow(places, moved, (200, 200))
    assert np.abs(flow.at(places) - [1.0, 0.0]).max() < 0.1


def test_too_few_corners_give_no_flow():
    assert fit_flow(np.zeros((3, 2)), np.zeros((3, 2)), (50, 50)) is None
