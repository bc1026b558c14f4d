"""The trunk of DensePose: a ResNet with a feature pyramid, batch norms folded into convolutions.

Sources: FPN, arXiv 1612.03144; formats section 6. Modules carry the names of detectron2's files.
"""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

STAGES = ("res2", "res3", "res4", "res5")


class Stem(nn.Module):
    """Image `[B, 3, H, W]` to `[B, C, H/4, W/4]`."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, width, 7, stride=2, padding=3)

    def forward(self, x: Tensor) -> Tensor:
        """Applies the stem."""
        return F.max_pool2d(self.conv1(x).relu(), 3, stride=2, padding=1)


class Bottleneck(nn.Module):
    """A residual unit that strides in its first 1x1 convolution, as the original ResNet does."""

    def __init__(self, in_channels: int, inner: int, out_channels: int, stride: int) -> None:
        super().__init__()
        self.shortcut = (
            nn.Identity()
            if in_channels == out_channels
            else nn.Conv2d(in_channels, out_channels, 1, stride)
        )
        self.conv1 = nn.Conv2d(in_channels, inner, 1, stride)
        self.conv2 = nn.Conv2d(inner, inner, 3, padding=1)
        self.conv3 = nn.Conv2d(inner, out_channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Applies the unit."""
        residual = self.conv3(self.conv2(self.conv1(x).relu()).relu())
        return (residual + self.shortcut(x)).relu()


class ResNet(nn.Module):
    """Image to the features of four stages, at strides 4, 8, 16 and 32.

    Args:
        stem_width: channels of the stem.
        blocks: units per stage.
        inner: channels inside the units of each stage.
        widths: channels of each stage.
    """

    def __init__(
        self,
        stem_width: int,
        blocks: tuple[int, ...],
        inner: tuple[int, ...],
        widths: tuple[int, ...],
    ) -> None:
        super().__init__()
        self.stem = Stem(stem_width)
        before = stem_width
        for index, name in enumerate(STAGES):
            stride = 1 if index == 0 else 2
            units = [Bottleneck(before, inner[index], widths[index], stride)]
            units += [
                Bottleneck(widths[index], inner[index], widths[index], 1)
                for _ in range(blocks[index] - 1)
            ]
            self.add_module(name, nn.Sequential(*units))
            before = widths[index]

    def forward(self, x: Tensor) -> list[Tensor]:
        """Features per stage, finest first, of `x` `[B, 3, H, W]`."""
        x = self.stem(x)
        features: list[Tensor] = []
        for name in STAGES:
            x = self.get_submodule(name)(x)
            features.append(x)
        return features


class FeaturePyramid(nn.Module):
    """Adds to the features of each stage what the coarser ones know.

    Args:
        bottom_up: network with one feature map per stage.
        widths: channels of each stage.
        out_channels: channels of each level of the pyramid.
    """

    def __init__(self, bottom_up: ResNet, widths: tuple[int, ...], out_channels: int) -> None:
        super().__init__()
        self.bottom_up = bottom_up
        for level, width in enumerate(widths, start=2):
            self.add_module(f"fpn_lateral{level}", nn.Conv2d(width, out_channels, 1))
            self.add_module(
                f"fpn_output{level}", nn.Conv2d(out_channels, out_channels, 3, padding=1)
            )

    def forward(self, x: Tensor) -> list[Tensor]:
        """Levels p2 to p5, `[B, out_channels, H/4, W/4]` to `[.., H/32, W/32]`.

        Args:
            x: `[B, 3, H, W]`, both sides multiples of 32.
        """
        features = self.bottom_up(x)
        levels: list[Tensor] = []
        summed: Tensor | None = None
        for index in reversed(range(len(features))):
            lateral = self.get_submodule(f"fpn_lateral{index + 2}")(features[index])
            above = 0 if summed is None else F.interpolate(summed, scale_factor=2.0)
            summed = lateral + above
            levels.insert(0, self.get_submodule(f"fpn_output{index + 2}")(summed))
        return levels
