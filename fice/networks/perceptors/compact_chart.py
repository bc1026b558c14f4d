"""A compact body chart network: the outputs of DensePose at a hundredth of its size."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor, nn

from ...base.shapes import check_image
from ...base.types import BodyChart
from .unet import DEFAULT_WIDTHS, UNet

NUM_COARSE = 2  # background and body
NUM_FINE = 25  # background and the 24 parts of DensePose


@dataclass(frozen=True)
class CompactChartConfig:
    """Architecture of a `CompactChart`.

    Attributes:
        widths: channels of the U-Net per resolution.
    """

    widths: tuple[int, ...] = DEFAULT_WIDTHS


class CompactChart(nn.Module):
    """Perceptor of `BodyChart`, at half the resolution of the image."""

    person_height = 128  # pixels, of the pictures it was trained on

    def __init__(self, config: CompactChartConfig) -> None:
        super().__init__()
        self.config = config
        self.trunk = UNet(config.widths)
        self.coarse_segm = nn.Conv2d(config.widths[0], NUM_COARSE, 1)
        self.fine_segm = nn.Conv2d(config.widths[0], NUM_FINE, 1)
        self.u = nn.Conv2d(config.widths[0], NUM_FINE, 1)
        self.v = nn.Conv2d(config.widths[0], NUM_FINE, 1)

    def logits(self, image: Tensor) -> BodyChart:
        """The chart of `image` `[B, 3, H, W]` with u and v not clamped, for training.

        A clamped value has no gradient, so a regression could not pull it back into [0, 1].

        Raises:
            ShapeError: if `image` is not `[B, 3, H, W]`.
        """
        return BodyChart(*self._maps(image))

    def forward(self, image: Tensor) -> BodyChart:
        """The chart `[B, *, ceil(H/2), ceil(W/2)]` of `image` `[B, 3, H, W]` in [0, 1].

        Raises:
            ShapeError: if `image` is not `[B, 3, H, W]`.
        """
        coarse_segm, fine_segm, u, v = self._maps(image)
        return BodyChart(coarse_segm, fine_segm, u.clamp(0, 1), v.clamp(0, 1))

    def _maps(self, image: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        x = self.trunk(check_image(image))
        return self.coarse_segm(x), self.fine_segm(x), self.u(x), self.v(x)
