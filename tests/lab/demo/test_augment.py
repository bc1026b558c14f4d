"""Augmentation for training, and that it runs where `grid_sample` is missing."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from far_device import FAR

from fice.lab.demo.train.augment import random_crops

IMAGE = torch.rand(3, 3, 24, 16, generator=torch.Generator().manual_seed(0))


def drawn():
    return torch.Generator().manual_seed(4)


def test_crops_are_those_of_grid_sample():
    random = drawn()
    affine = torch.zeros(3, 2, 3)
    affine[:, 0, 0] = affine[:, 1, 1] = 1.03 - (0.03 + 0.2) * torch.rand(3, generator=random)
    affine[:, :, 2] = 0.1 * (2 * torch.rand(3, 2, generator=random) - 1)
    grid = F.affine_grid(affine, [3, 3, 20, 20], align_corners=False)
    expected = F.grid_sample(IMAGE, grid, padding_mode="border", align_corners=False)
    crops = random_crops(IMAGE, 20, drawn())
    assert crops.shape == (3, 3, 20, 20)
    torch.testing.assert_close(crops, expected, rtol=0, atol=1e-5)


def test_crops_are_made_where_the_image_is():
    assert random_crops(IMAGE.to(FAR), 20, drawn()).device == FAR
