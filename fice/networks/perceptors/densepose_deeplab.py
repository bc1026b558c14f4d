"""The chart head of DensePose's DL models: atrous pyramid pooling, then normed convolutions.

Sources: DeepLabV3, arXiv 1706.05587; `DensePoseDeepLabHead` of detectron2, whose names the modules
carry. It differs from the paper in its rates and in group instead of batch normalisation.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from .image_pooling import ImagePooling

RATES = (6, 12, 56)  # on a map of 28x28, so that the last sees the border only
NORM_GROUPS = 32


class DeepLabHead(nn.Module):
    """Pooled features `[B, in_channels, H, W]` to `[B, width, H, W]`.

    Args:
        in_channels: of the pooled features, a multiple of 32.
        width: of the result, a multiple of 32.
        depth: number of convolutions behind the pyramid.
    """

    def __init__(self, in_channels: int, width: int, depth: int) -> None:
        super().__init__()
        self.ASPP = _AtrousPyramid(in_channels)
        self.depth = depth
        for index in range(1, depth + 1):
            before = in_channels if index == 1 else width
            self.add_module(f"body_conv_fcn{index}", _NormedConv(before, width))

    def forward(self, x: Tensor) -> Tensor:
        """Applies the head."""
        x = self.ASPP(x)
        for index in range(1, self.depth + 1):
            x = self.get_submodule(f"body_conv_fcn{index}")(x)
        return x


class _AtrousPyramid(nn.Module):
    """Each pixel from itself, from rings around it, and from the whole map."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        rings = [_normed(nn.Conv2d(channels, channels, 3, padding=rate, dilation=rate, bias=False))
                 for rate in RATES]  # fmt: skip
        self.convs = nn.ModuleList(
            [
                _normed(nn.Conv2d(channels, channels, 1, bias=False)),
                *rings,
                ImagePooling(*_normed(nn.Conv2d(channels, channels, 1, bias=False))),
            ]
        )
        merge = nn.Conv2d(len(self.convs) * channels, channels, 1, bias=False)
        self.project = nn.Sequential(merge, nn.ReLU())

    def forward(self, x: Tensor) -> Tensor:
        return self.project(torch.cat([branch(x) for branch in self.convs], 1))


def _normed(conv: nn.Conv2d) -> nn.Sequential:
    return nn.Sequential(conv, nn.GroupNorm(NORM_GROUPS, conv.out_channels), nn.ReLU())


class _NormedConv(nn.Conv2d):
    def __init__(self, in_channels: int, width: int) -> None:
        super().__init__(in_channels, width, 3, padding=1, bias=False)
        self.norm = nn.GroupNorm(NORM_GROUPS, width)

    def forward(self, input: Tensor) -> Tensor:
        return self.norm(super().forward(input)).relu()
