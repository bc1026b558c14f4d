from __future__ import annotations

import pytest
import torch

from fice.base.errors import ShapeError
from fice.guidance.crops import RandomCrops

IMAGE = torch.rand(2, 3, 16, 12, generator=torch.Generator().manual_seed(0))


def test_shape_and_range():
    views = RandomCrops(4, seeds=(1, 2))(IMAGE, 0)
    assert views.shape == (2, 4, 3, 16, 12)
    assert views.min() >= 0
    assert views.max() <= 1


def test_same_step_same_views_and_other_step_others():
    crops = RandomCrops(2, seeds=(1, 2))
    assert torch.equal(crops(IMAGE, 5), crops(IMAGE, 5))
    assert not torch.equal(crops(IMAGE, 5), crops(IMAGE, 6))


def test_views_do_not_depend_on_the_batch():
    together = RandomCrops(3, seeds=(7, 8))(IMAGE, 2)
    alone = RandomCrops(3, seeds=(8,))(IMAGE[1:], 2)
    torch.testing.assert_close(together[1:], alone)


def test_neutral_settings_change_nothing():
    crops = RandomCrops(2, seeds=(1, 2), min_scale=1.0, max_scale=1.0, shift=0.0)
    torch.testing.assert_close(crops(IMAGE, 0)[:, 1], IMAGE, rtol=0, atol=1e-5)


def test_leaves_the_global_random_state_alone():
    before = torch.get_rng_state()
    RandomCrops(2, seeds=(1, 2))(IMAGE, 0)
    assert torch.equal(torch.get_rng_state(), before)


def test_gradcheck():
    image = IMAGE[:1, :, :4, :4].double().requires_grad_(True)
    assert torch.autograd.gradcheck(lambda x: RandomCrops(2, seeds=(3,))(x, 1), image)


def test_one_seed_per_image():
    with pytest.raises(ShapeError, match="seeds"):
        RandomCrops(2, seeds=(1,))(IMAGE, 0)
