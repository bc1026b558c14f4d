"""Building blocks that the compact networks share, and what it means to freeze a network."""

from __future__ import annotations

from typing import TypeVar

import torch.nn.functional as F
from torch import Tensor, nn

ModuleT = TypeVar("ModuleT", bound=nn.Module)


def freeze(module: ModuleT) -> ModuleT:
    """Returns `module` itself, in evaluation mode and without trainable parameters.

    Gradients still flow *through* the network to its input.
    """
    return module.eval().requires_grad_(False)


def conv_bn(in_channels: int, out_channels: int, stride: int = 1) -> nn.Sequential:
    """A 3x3 convolution with batch norm, which makes a bias superfluous."""
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, 3, stride, padding=1, bias=False),
        nn.BatchNorm2d(out_channels),
    )


class ConvBlock(nn.Module):
    """3x3 convolution, batch norm, SiLU: `[B, in, H, W]` to `[B, out, ceil(H/s), ceil(W/s)]`."""

    def __init__(self, in_channels: int, out_channels: int, stride: int = 1) -> None:
        super().__init__()
        self.conv = conv_bn(in_channels, out_channels, stride)

    def forward(self, x: Tensor) -> Tensor:
        """Applies the block."""
        return F.silu(self.conv(x))


class ResidualBlock(nn.Module):
    """Two 3x3 convolutions around a skip connection, `[B, C, H, W]` to the same shape."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv0 = ConvBlock(channels, channels)
        self.conv1 = conv_bn(channels, channels)

    def forward(self, x: Tensor) -> Tensor:
        """Applies the block."""
        return F.silu(x + self.conv1(self.conv0(x)))


def down_block(in_channels: int, out_channels: int) -> nn.Sequential:
    """Halves height and width, then refines."""
    return nn.Sequential(ConvBlock(in_channels, out_channels, 2), ResidualBlock(out_channels))
