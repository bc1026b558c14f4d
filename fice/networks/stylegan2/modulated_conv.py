"""Modulated convolution by scaling activations, so that all samples share one weight.

StyleGAN2 scales the weight of each sample and convolves in groups. Scaling the input by the style,
convolving once, and scaling the output by the demodulation factor is the same map (the convolution
is linear in each input channel), needs no weight per sample, and leaves no weight gradient to
compute when the generator is frozen.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from ..quick.winograd import convolve
from .upfirdn import smooth_upconv

DEMODULATION_EPS = 1e-8


def modulated_conv2d(
    x: Tensor,
    weight: Tensor,
    styles: Tensor,
    *,
    up_filter: Tensor | None = None,
    up_weight: Tensor | None = None,
    places: Tensor | None = None,
) -> Tensor:
    """Convolves `x` with `weight` modulated, but not demodulated, by `styles`.

    Args:
        x: `[B, I, H, W]`.
        weight: `[O, I, k, k]`, odd k.
        styles: `[B, I]`, one factor per input channel.
        up_filter: `[4, 4]` filter to double height and width, None = keep them.
        up_weight: `weight` as `transposed` gives it, if that is at hand; only with `up_filter`.
        places: `weight` as `winograd.to_places` gives it, to convolve by that; not with
            `up_filter`.

    Returns:
        `[B, O, H, W]`, or `[B, O, 2H, 2W]` with `up_filter`, in the dtype of `x`.
    """
    x = x * per_channel(styles, x.dtype)
    if places is not None:
        return convolve(x, places)
    if up_filter is None:
        return F.conv2d(x, weight.to(x.dtype), padding=weight.shape[-1] // 2)
    up_weight = weight.transpose(0, 1) if up_weight is None else up_weight
    return smooth_upconv(F.conv_transpose2d(x, up_weight.to(x.dtype), stride=2), up_filter)


def transposed(weight: Tensor) -> Tensor:
    """`[I, O, k, k]` of `weight` `[O, I, k, k]`, as a transposed convolution wants it in memory."""
    return weight.transpose(0, 1).contiguous(memory_format=torch.channels_last)


def weight_energy(weight: Tensor) -> Tensor:
    """Sum of the squares of each kernel, `[O, I]`, of `weight` `[O, I, k, k]`."""
    return weight.square().sum((2, 3))


def demodulation(energy: Tensor, styles: Tensor) -> Tensor:
    """Factors `[B, O]` that give every output channel of the modulated weight unit norm.

    `rsqrt(Σ_ik (W·s)² + eps)`, written as a product of squares: `s² · (Σ_k W²)ᵀ`.

    Args:
        energy: `weight_energy` of the weight.
        styles: `[B, I]`.
    """
    return torch.rsqrt(styles.square() @ energy.t() + DEMODULATION_EPS)


def prenormalize(weight: Tensor, styles: Tensor) -> tuple[Tensor, Tensor]:
    """Scales weight and styles to a largest magnitude that float16 can convolve.

    Demodulation cancels both factors. `weight` is scaled per output channel to 1/√fan_in, `styles`
    per sample to 1.
    """
    fan_in = weight[0].numel()
    weight = weight / (weight.abs().amax((1, 2, 3), keepdim=True) * fan_in**0.5)
    return weight, styles / styles.abs().amax(1, keepdim=True)


def per_channel(values: Tensor, dtype: torch.dtype) -> Tensor:
    """`[B, C]` as `[B, C, 1, 1]`, to scale or shift feature maps of `dtype`."""
    return values.to(dtype)[:, :, None, None]
