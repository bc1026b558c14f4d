"""A compact U-Net whose features lie at half the image resolution."""

from __future__ import annotations

from itertools import pairwise

import torch.nn.functional as F
from torch import Tensor, nn

from ..layers import ResidualBlock, down_block

DEFAULT_WIDTHS = (24, 40, 64, 96)


class UNet(nn.Module):
    """Image to features, with skip connections between equal resolutions.

    Args:
        widths: channels per resolution, from half the image resolution downwards.
        middle: what happens to the coarsest features, of the same shape before and after.
    """

    def __init__(
        self, widths: tuple[int, ...] = DEFAULT_WIDTHS, middle: nn.Module | None = None
    ) -> None:
        super().__init__()
        self.middle = middle or nn.Identity()
        self.down = nn.ModuleList(
            down_block(fine, coarse) for fine, coarse in pairwise((3, *widths))
        )
        self.lateral = nn.ModuleList(
            nn.Conv2d(coarse, fine, 1) for fine, coarse in reversed(list(pairwise(widths)))
        )
        self.refine = nn.ModuleList(ResidualBlock(fine) for fine in reversed(widths[:-1]))

    def forward(self, image: Tensor) -> Tensor:
        """Features `[B, widths[0], ceil(H/2), ceil(W/2)]` of `image` `[B, 3, H, W]` in [0, 1]."""
        x = image * 2 - 1
        skips: list[Tensor] = []
        for down in self.down:
            x = down(x)
            skips.append(x)
        skips.pop()
        x = self.middle(x)
        for lateral, refine in zip(self.lateral, self.refine, strict=True):
            skip = skips.pop()
            # To the size of the skip, not by a factor of two: odd sizes round up on the way down.
            x = F.interpolate(lateral(x), skip.shape[-2:], mode="bilinear", align_corners=False)
            x = refine(x + skip)
        return x
