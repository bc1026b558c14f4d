"""Fully connected layer with an equalised learning rate."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..frozen import Frozen, refuse_to_learn

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

    def scaled(self) -> tuple[Tensor, Tensor]:
        """Weight and bias as they are multiplied and added."""
        return self.weight * self.weight_gain, self.bias * self.bias_gain

    def forward(self, x: Tensor) -> Tensor:
        """Maps `[B, in_features]` to `[B, out_features]`."""
        y = F.linear(x, *self.scaled())
        return F.leaky_relu(y, LRELU_SLOPE) * LRELU_GAIN if self.activate else y

    def extra_repr(self) -> str:
        """Sizes, for `print(module)`."""
        return f"{self.weight.shape[1]} -> {self.weight.shape[0]}"


class FrozenLinear(EqualizedLinear, Frozen):
    """An `EqualizedLinear` whose weights are scaled once."""

    scaled_weight: Tensor
    scaled_bias: Tensor

    @torch.no_grad()
    def derive(self) -> None:
        """Scales weight and bias."""
        weight, bias = EqualizedLinear.scaled(self)
        self.register_buffer("scaled_weight", weight, persistent=False)
        self.register_buffer("scaled_bias", bias, persistent=False)

    def scaled(self) -> tuple[Tensor, Tensor]:
        """As made before."""
        if self.weight.requires_grad or self.bias.requires_grad:
            refuse_to_learn()
        return self.scaled_weight, self.scaled_bias
