from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from fice.networks.stylegan2.upfirdn import binomial_filter, smooth_upconv, upsample2d


def _by_definition(x: torch.Tensor, pad: tuple[int, int, int, int]) -> torch.Tensor:
    """Zero padding and correlation with [1,3,3,1]⊗[1,3,3,1]/64·4, written with loops over taps."""
    taps = [1.0, 3.0, 3.0, 1.0]
    x = F.pad(x, pad)
    height, width = x.shape[2] - 3, x.shape[3] - 3
    return sum(
        taps[i] * taps[j] / 64 * 4 * x[:, :, i : i + height, j : j + width]
        for i in range(4)
        for j in range(4)
    )


def test_filter_sums_to_one():
    assert binomial_filter().sum() == 1
    assert binomial_filter()[0, 0] * 64 == 1


@pytest.mark.parametrize("shape", [(2, 3, 4, 4), (1, 5, 4, 2), (1, 1, 1, 1)])
def test_upsample2d_is_zero_insertion_and_filter(shape):
    image = torch.randn(shape, generator=torch.Generator().manual_seed(0)).double()
    zeros = torch.zeros(*shape[:2], 2 * shape[2], 2 * shape[3], dtype=torch.float64)
    zeros[:, :, ::2, ::2] = image
    expected = _by_definition(zeros, (2, 1, 2, 1))
    torch.testing.assert_close(upsample2d(image, binomial_filter()), expected, rtol=0, atol=1e-12)


def test_upsample2d_keeps_a_constant_away_from_the_border():
    up = upsample2d(torch.full((1, 1, 8, 8), 0.7), binomial_filter())
    torch.testing.assert_close(up[:, :, 2:-2, 2:-2], torch.full((1, 1, 12, 12), 0.7))


def test_smooth_upconv_is_the_filter_with_one_zero_around():
    x = torch.randn(2, 3, 9, 5, generator=torch.Generator().manual_seed(0)).double()
    expected = _by_definition(x, (1, 1, 1, 1))
    actual = smooth_upconv(x, binomial_filter())
    assert actual.shape == (2, 3, 8, 4)
    torch.testing.assert_close(actual, expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("function", [upsample2d, smooth_upconv])
def test_gradcheck(function):
    x = torch.randn(1, 2, 5, 5, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda x: function(x, binomial_filter().double()), (x,))


def test_dtype_and_memory_format_are_kept():
    x = torch.randn(2, 4, 8, 8).to(torch.bfloat16).to(memory_format=torch.channels_last)
    for y in (upsample2d(x, binomial_filter()), smooth_upconv(x, binomial_filter())):
        assert y.dtype == torch.bfloat16
        assert y.is_contiguous(memory_format=torch.channels_last)
