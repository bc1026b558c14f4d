from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from fice.networks.stylegan2.modulated_conv import (
    demodulation,
    modulated_conv2d,
    prenormalize,
    transposed,
    weight_energy,
)
from fice.networks.stylegan2.upfirdn import binomial_filter, smooth_upconv


def _inputs(k=3, dtype=torch.float64):
    rng = torch.Generator().manual_seed(0)
    x = torch.randn(3, 4, 5, 6, generator=rng, dtype=torch.float64)
    weight = torch.randn(2, 4, k, k, generator=rng, dtype=torch.float64)
    styles = torch.randn(3, 4, generator=rng, dtype=torch.float64)
    return [t.to(dtype).requires_grad_() for t in (x, weight, styles)]


def _per_sample(x, weight, styles, *, demodulate, up):
    """The definition: one scaled weight per sample."""
    images = []
    for sample, style in zip(x, styles, strict=True):
        w = weight * style[None, :, None, None]
        if demodulate:
            w = w * torch.rsqrt(w.square().sum((1, 2, 3), keepdim=True) + 1e-8)
        if up:
            y = F.conv_transpose2d(sample[None], w.transpose(0, 1), stride=2)
            images.append(smooth_upconv(y, binomial_filter()))
        else:
            images.append(F.conv2d(sample[None], w, padding=w.shape[-1] // 2))
    return torch.cat(images)


@pytest.mark.parametrize("up", [False, True])
@pytest.mark.parametrize("demodulate", [False, True])
def test_equals_one_weight_per_sample(up, demodulate):
    x, weight, styles = _inputs()
    y = modulated_conv2d(x, weight, styles, up_filter=binomial_filter() if up else None)
    if up:
        at_hand = transposed(weight)
        again = modulated_conv2d(x, weight, styles, up_filter=binomial_filter(), up_weight=at_hand)
        torch.testing.assert_close(again, y, rtol=0, atol=1e-12)
    if demodulate:
        y = y * demodulation(weight_energy(weight), styles)[:, :, None, None]
    expected = _per_sample(x, weight, styles, demodulate=demodulate, up=up)
    torch.testing.assert_close(y, expected, rtol=0, atol=1e-12)


def test_1x1_keeps_the_size():
    assert modulated_conv2d(*_inputs(k=1)).shape == (3, 2, 5, 6)


@pytest.mark.parametrize("up", [False, True])
def test_gradcheck(up):
    fir = binomial_filter().double() if up else None

    def layer(x, weight, styles):
        y = modulated_conv2d(x, weight, styles, up_filter=fir)
        return y * demodulation(weight_energy(weight), styles)[:, :, None, None]

    x, weight, styles = _inputs()
    x = x.detach()[:, :, :3, :3].clone().requires_grad_()
    assert torch.autograd.gradcheck(layer, (x, weight, styles), fast_mode=True)


def test_prenormalize_is_cancelled_by_demodulation():
    _, weight, styles = _inputs()
    x = _inputs()[0]
    small_weight, small_styles = prenormalize(weight * 1e3, styles * 1e3)
    assert small_styles.abs().max() == 1
    assert small_weight.abs().max() <= 1
    y = modulated_conv2d(x, small_weight, small_styles)
    y = y * demodulation(weight_energy(small_weight), small_styles)[:, :, None, None]
    expected = _per_sample(x, weight, styles, demodulate=True, up=False)
    torch.testing.assert_close(y, expected, rtol=0, atol=1e-6)  # eps is not scaled along
