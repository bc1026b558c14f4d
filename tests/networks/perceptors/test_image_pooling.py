import pytest
import torch
from torch import nn

from fice.networks.perceptors.image_pooling import ImagePooling

LAYOUTS = {"last": torch.channels_last, "first": torch.contiguous_format}


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
class TestImagePooling:
    def test_is_the_mean_through_the_layers_everywhere(self, layout):
        layer = nn.Conv2d(3, 4, 1)
        x = torch.randn(2, 3, 5, 7).to(memory_format=layout)
        expected = layer(x.mean((2, 3), keepdim=True)).expand(-1, -1, 5, 7)
        torch.testing.assert_close(ImagePooling(layer)(x), expected)

    def test_value_and_gradient_lie_in_memory_as_the_input(self, layout):
        x = torch.randn(2, 3, 5, 7).to(memory_format=layout).requires_grad_()
        y = ImagePooling(nn.Conv2d(3, 4, 1))(x)
        (gradient,) = torch.autograd.grad(y.square().sum(), [x])
        assert y.is_contiguous(memory_format=layout)
        assert gradient.is_contiguous(memory_format=layout)


def test_carries_the_names_of_a_pyramids_branch():
    assert set(ImagePooling(nn.Conv2d(3, 4, 1)).state_dict()) == {"1.weight", "1.bias"}
