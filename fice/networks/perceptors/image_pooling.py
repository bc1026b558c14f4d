"""The branch of an atrous pyramid that sees the whole map (DeepLabV3, arXiv 1706.05587)."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class ImagePooling(nn.Sequential):
    """The mean of `[B, C, H, W]` through `layers`, the same everywhere: `[B, C', H, W]`.

    Value and gradient lie in memory as the input does. One branch that lies differently is enough
    to make torch add up the gradients of all of them an element at a time.
    """

    def __init__(self, *layers: nn.Module) -> None:
        super().__init__(_Mean(), *layers)

    def forward(self, input: Tensor) -> Tensor:
        """Applies the branch."""
        mean = super().forward(input)
        last = input.is_contiguous(memory_format=torch.channels_last)
        layout = torch.channels_last if last else torch.contiguous_format
        return mean.expand(-1, -1, *input.shape[-2:]).contiguous(memory_format=layout)


class _Mean(nn.Module):
    """As `AdaptiveAvgPool2d(1)`, whose gradient is never channels last."""

    def forward(self, x: Tensor) -> Tensor:
        height, width = x.shape[-2:]
        return F.avg_pool2d(x, (height, width))
