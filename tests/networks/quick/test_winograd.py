from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from fice.base.errors import FrozenError
from fice.networks.layers import freeze
from fice.networks.quick.winograd import WinogradConv2d, convolve, is_candidate, pays, to_places


def both(x, weight, dilation, direction):
    """Output and gradient of the direct and of the quick way."""
    found = []
    for call in (
        lambda given: F.conv2d(given, weight, padding=dilation, dilation=dilation),
        lambda given: convolve(given, to_places(weight), dilation),
    ):
        leaf = x.clone().requires_grad_()
        y = call(leaf)
        y.backward(direction)
        found.append((y.detach(), leaf.grad))
    return found


class TestConvolve:
    @pytest.mark.parametrize(
        ("shape", "dilation"),
        [((2, 3, 8, 8), 1), ((1, 3, 9, 6), 1), ((2, 3, 12, 8), 2), ((1, 3, 8, 16), 4)],
    )
    def test_same_as_the_direct_convolution(self, shape, dilation):
        torch.manual_seed(0)
        x, weight = torch.randn(shape).double(), torch.randn(5, 3, 3, 3).double()
        direction = torch.randn(shape[0], 5, *shape[2:]).double()
        direct, quick = both(x, weight, dilation, direction)
        for actual, wanted in zip(quick, direct, strict=True):
            assert torch.allclose(actual, wanted, atol=1e-12, rtol=0)

    def test_rounding_in_single_precision(self):
        torch.manual_seed(0)
        x, weight = torch.randn(1, 256, 32, 32), torch.randn(256, 256, 3, 3) / 48
        exact = F.conv2d(x.double(), weight.double(), padding=1)
        assert (convolve(x, to_places(weight)) - exact).abs().max() < 1e-4 * exact.std()

    def test_lies_channels_last(self):
        y = convolve(torch.randn(1, 3, 9, 9), to_places(torch.randn(4, 3, 3, 3)))
        assert y.is_contiguous(memory_format=torch.channels_last)


class TestWinogradConv2d:
    def test_takes_the_quick_way_and_keeps_the_parameters(self):
        torch.manual_seed(0)
        conv = freeze(nn.Conv2d(128, 128, 3, padding=1))
        quick, x = WinogradConv2d.of(conv), torch.randn(1, 128, 16, 16)
        assert torch.allclose(quick(x), conv(x), atol=1e-4)
        assert quick.places is not None
        assert quick.weight is conv.weight
        assert list(quick.state_dict()) == list(conv.state_dict())

    def test_small_maps_go_the_usual_way(self):
        conv = freeze(nn.Conv2d(128, 128, 3, padding=1))
        quick, x = WinogradConv2d.of(conv), torch.randn(1, 128, 8, 8)
        assert torch.equal(quick(x), conv(x))
        assert quick.places is None

    def test_works_in_a_graph_after_inference_mode(self):
        quick = WinogradConv2d.of(freeze(nn.Conv2d(128, 128, 3, padding=1)))
        with torch.inference_mode():
            quick(torch.randn(1, 128, 16, 16))
        x = torch.randn(1, 128, 16, 16, requires_grad=True)
        quick(x).sum().backward()
        assert x.grad is not None


class TestWhere:
    @pytest.mark.parametrize(
        "conv",
        [
            nn.Conv2d(128, 128, 1),
            nn.Conv2d(128, 128, 3, padding=1, stride=2),
            nn.Conv2d(128, 128, 3),
            nn.Conv2d(128, 128, 3, padding=1, groups=2),
            nn.Conv2d(64, 128, 3, padding=1),
            nn.ConvTranspose2d(128, 128, 3, padding=1),
        ],
    )
    def test_no_candidate(self, conv):
        assert not is_candidate(conv)

    def test_candidate(self):
        assert is_candidate(nn.Conv2d(128, 256, 3, padding=2, dilation=2))

    def test_not_in_half_precision(self):
        x = torch.zeros(1, 128, 32, 32)
        assert pays(x, 128, 128)
        assert not pays(x.bfloat16(), 128, 128)
        with torch.autocast("cpu", torch.bfloat16):
            assert not pays(x, 128, 128)

    def test_not_where_the_size_is_no_multiple_of_the_dilation(self):
        assert not pays(torch.zeros(1, 128, 33, 33), 128, 128, 2)


class TestWeightsStay:
    x = torch.linspace(-1, 1, 128 * 256).view(1, 128, 16, 16)

    def quick(self):
        conv = freeze(nn.Conv2d(128, 128, 3, padding=1))
        quick = WinogradConv2d.of(conv)
        quick(self.x)
        assert quick.places is not None
        return quick

    def test_other_weights_are_refused(self):
        quick = self.quick()
        with pytest.raises(FrozenError, match="cannot take others"):
            quick.load_state_dict(quick.state_dict())

    def test_learning_is_refused(self):
        quick = self.quick()
        with pytest.raises(FrozenError, match="cannot learn"):
            quick.requires_grad_(True)
        quick.weight.requires_grad_(True)
        with pytest.raises(FrozenError, match="cannot learn"):
            quick(self.x)

    def test_another_dtype_is_as_if_made_in_it(self):
        quick = self.quick().double()
        assert quick.places is None
        exact = F.conv2d(self.x.double(), quick.weight, quick.bias, padding=1)
        torch.testing.assert_close(quick(self.x.double()), exact, rtol=0, atol=1e-10)
