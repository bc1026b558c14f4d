"""Fully connected layer with an equalised learning rate."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

LRELU_SLOPE = 0.2
LRELU_GAIN = math.sqrt(2)  # keeps the variance through a leaky ReLU


class EqualizedLinear(nn.Module):
    """`y = x·(W·lr/√in)ᵀ + b·lr`, weights stored unscaled (formats, section 2).

    Args:
        in_features: size of the input.
        out_features: size of the output.
        bias_init: initial value of the bias after scaling.
        lr_multiplier: factor `lr`.
        activate: whether a leaky ReLU, scaled by √2, follows.
    """

    scaled_weight: Tensor | None
    scaled_bias: Tensor | None

    def __init__(
        self,
        in_features: int,
        out_features: int,
        *,
        bias_init: float = 0.0,
        lr_multiplier: float = 1.0,
        activate: bool = False,
    ) -> None:
        super().__init__()
        weight = torch.empty(out_features, in_features)
        self.weight = nn.Parameter(nn.init.normal_(weight, std=1.0 / lr_multiplier))
        self.bias = nn.Parameter(torch.full((out_features,), bias_init / lr_multiplier))
        self.weight_gain = lr_multiplier / math.sqrt(in_features)
        self.bias_gain = lr_multiplier
        self.activate = activate
        self.register_buffer("scaled_weight", None, persistent=False)
        self.register_buffer("scaled_bias", None, persistent=False)

    @torch.no_grad()
    def precompute(self) -> None:
        """Scales weight and bias once and for all; they must not change afterwards."""
        self.scaled_weight = self.weight * self.weight_gain
        self.scaled_bias = self.bias * self.bias_gain

    def forward(self, x: Tensor) -> Tensor:
        """Maps `[B, in_features]` to `[B, out_features]`."""
        weight, bias = self.scaled_weight, self.scaled_bias
        if weight is None:
            weight, bias = self.weight * self.weight_gain, self.bias * self.bias_gain
        y = F.linear(x, weight, bias)
        return F.leaky_relu(y, LRELU_SLOPE) * LRELU_GAIN if self.activate else y

    def extra_repr(self) -> str:
        """Sizes, for `print(module)`."""
        return f"{self.weight.shape[1]} -> {self.weight.shape[0]}"
