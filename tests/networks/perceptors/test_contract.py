"""What every perceptor promises: images of any size in, finite gradients out, itself unchanged."""

import pytest
import torch

from fice.networks.layers import freeze
from fice.networks.perceptors.compact_chart import CompactChart, CompactChartConfig
from fice.networks.perceptors.compact_regions import CompactRegions, CompactRegionsConfig
from fice.networks.perceptors.deeplab import DeepLab
from fice.networks.perceptors.densepose import DensePose, DensePoseConfig

DENSEPOSE = DensePoseConfig((1, 1, 1, 1), 4, (2, 2, 2, 2), (4, 6, 8, 10), 4, 4, 4, 6, 2)

PERCEPTORS = {
    "compact_chart": (lambda: CompactChart(CompactChartConfig((4, 6, 8))), "body"),
    "compact_regions": (lambda: CompactRegions(CompactRegionsConfig((4, 6, 8))), "head"),
    "densepose": (lambda: DensePose(DENSEPOSE), "body"),
    "deeplab": (DeepLab, "head"),
}


@pytest.fixture(params=PERCEPTORS)
def perceive(request):
    torch.manual_seed(0)
    build, what = PERCEPTORS[request.param]
    perceptor = freeze(build())
    return perceptor, lambda image: getattr(perceptor(image), what)


def test_says_how_large_it_knows_people(perceive):
    perceptor, _ = perceive
    assert perceptor.person_height in (128, 256)


@pytest.mark.parametrize("size", [(64, 64), (96, 64)])
class TestPerceptor:
    def test_gradient_reaches_the_image(self, perceive, size):
        perceptor, look = perceive
        image = torch.rand(2, 3, *size, requires_grad=True)
        look(image).square().sum().backward()
        assert image.grad.isfinite().all()
        assert (image.grad.abs().sum((1, 2, 3)) > 0).all()
        assert all(p.grad is None for p in perceptor.parameters())

    def test_images_of_a_batch_do_not_mix(self, perceive, size):
        _, look = perceive
        images = torch.rand(2, 3, *size)
        torch.testing.assert_close(look(images)[1:], look(images[1:]), rtol=1e-4, atol=1e-6)

    def test_looking_changes_nothing(self, perceive, size):
        perceptor, look = perceive
        before = {name: value.clone() for name, value in perceptor.state_dict().items()}
        look(torch.rand(1, 3, *size))
        for name, value in perceptor.state_dict().items():
            assert torch.equal(value, before[name])
