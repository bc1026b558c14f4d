"""A compact segmenter that tells garment from skin."""

from __future__ import annotations

from dataclasses import dataclass

import torch.nn.functional as F
from torch import Tensor, nn

from ...base.shapes import check_image
from ...base.types import Regions
from .unet import DEFAULT_WIDTHS, UNet

REGION_CLASSES = ("background", "body", "garment", "head")
"""Classes in the order of the logits; `body` here is the body without its garment."""


@dataclass(frozen=True)
class CompactRegionsConfig:
    """Architecture of a `CompactRegions`.

    Attributes:
        widths: channels of the U-Net per resolution.
    """

    widths: tuple[int, ...] = DEFAULT_WIDTHS


class CompactRegions(nn.Module):
    """Perceptor of `Regions`."""

    person_height = 128  # pixels, of the pictures it was trained on

    def __init__(self, config: CompactRegionsConfig) -> None:
        super().__init__()
        self.config = config
        self.trunk = UNet(config.widths)
        self.classes = nn.Conv2d(config.widths[0], len(REGION_CLASSES), 1)

    def logits(self, image: Tensor) -> Tensor:
        """Logits `[B, 4, ceil(H/2), ceil(W/2)]` of `REGION_CLASSES`, for training.

        Args:
            image: `[B, 3, H, W]` in [0, 1].

        Raises:
            ShapeError: if `image` is not `[B, 3, H, W]`.
        """
        return self.classes(self.trunk(check_image(image)))

    def forward(self, image: Tensor) -> Regions:
        """Regions of `image` `[B, 3, H, W]` in [0, 1], at its own size.

        Raises:
            ShapeError: if `image` is not `[B, 3, H, W]`.
        """
        logits = F.interpolate(
            self.logits(image), image.shape[-2:], mode="bilinear", align_corners=False
        )
        background, skin, garment, head = logits.softmax(1).split(1, dim=1)
        return Regions(background=background, body=skin + garment, garment=garment, head=head)
