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

from .upfirdn import smooth_upconv

DEMODULATION_EPS = 1e-8


def modulated_conv2d(
    x: Tensor, weight: Tensor, styles: Tensor, *, up_filter: Tensor | None = None
) -> Tensor:
    """Convolves `x` with `weight` modulated, but not demodulated, by `styles`.

    Args:
        x: `[B, I, H, W]`.
        weight: `[O, I, k, k]`, odd k.
        styles: `[B, I]`, one factor per input channel.
        up_filter: `[4, 4]` filter to double height and width, None = keep them.

    Returns:
        `[B, O, H, W]`, or `[B, O, 2H, 2W]` with `up_filter`, in the dtype of `x`.
    """
    x = x * per_channel(styles, x.dtype)
    weight = weight.to(x.dtype)
    if up_filter is None:
        return F.conv2d(x, weight, padding=weight.shape[-1] // 2)
    return smooth_upconv(F.conv_transpose2d(x, weight.transpose(0, 1), stride=2), up_filter)


def demodulation(weight: Tensor, styles: Tensor) -> Tensor:
    """Factors `[B, O]` that give every output channel of the modulated weight unit norm.

    `rsqrt(Σ_ik (W·s)² + eps)`, written as a product of squares: `s² · (Σ_k W²)ᵀ`.
    """
    energy = weight.square().sum((2, 3))
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
