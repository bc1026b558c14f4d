from __future__ import annotations

import pytest
import torch
from far_device import FAR

from fice.base.errors import ShapeError
from fice.guidance.crops import STEPS_PER_COPY, RandomCrops

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


@pytest.mark.parametrize("way", [RandomCrops.by_grid, RandomCrops.by_matrices])
def test_gradcheck(way):
    image = IMAGE[:1, :, :4, :4].double().requires_grad_(True)
    assert torch.autograd.gradcheck(lambda x: way(RandomCrops(2, seeds=(3,)), x, 1), image)


class TestByMatrices:
    """What a GPU computes, compared with `grid_sample` on the CPU."""

    CROPS = RandomCrops(4, seeds=(5, 6), max_scale=1.3, shift=0.3)

    @pytest.mark.parametrize("step", [0, 3, STEPS_PER_COPY, 3 * STEPS_PER_COPY + 1])
    def test_the_same_views(self, step):
        expected = self.CROPS.by_grid(IMAGE, step)
        assert (self.CROPS.by_matrices(IMAGE, step) - expected).abs().max() <= 1e-6

    def test_the_same_views_of_a_large_image(self):
        image = torch.rand(2, 3, 512, 384, generator=torch.Generator().manual_seed(1))
        # In float32, grid_sample itself is off by 5e-5 so far from the origin.
        expected = self.CROPS.by_grid(image.double(), 2).float()
        assert (self.CROPS.by_matrices(image, 2) - expected).abs().max() <= 1e-6

    def test_the_same_gradient(self):
        direction = torch.randn(2, 4, 3, 16, 12, generator=torch.Generator().manual_seed(2))

        def gradient(way):
            image = IMAGE.clone().requires_grad_(True)
            return torch.autograd.grad((way(image, 1) * direction).sum(), image)[0]

        expected = gradient(self.CROPS.by_grid)
        torch.testing.assert_close(gradient(self.CROPS.by_matrices), expected, rtol=1e-5, atol=1e-5)

    def test_every_device_but_a_cpu_takes_them(self, monkeypatch):
        monkeypatch.setattr(RandomCrops, "by_grid", None)
        assert self.CROPS(IMAGE.to(FAR), 0).shape == (2, 4, 3, 16, 12)

    def test_in_inference_mode_as_well(self):
        crops = RandomCrops(1, seeds=(77, 78))
        with torch.inference_mode():
            crops.by_matrices(IMAGE, 0)
        image = IMAGE.clone().requires_grad_(True)
        crops.by_matrices(image, 0).sum().backward()
        assert image.grad.isfinite().all()


def test_one_seed_per_image():
    with pytest.raises(ShapeError, match="seeds"):
        RandomCrops(2, seeds=(1,))(IMAGE, 0)
