"""A compact encoder for the generators of the demo: one w and what each layer adds to it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ...base.images import averaged
from ...base.shapes import check_image
from ..layers import ConvBlock, down_block


@dataclass(frozen=True)
class CompactEncoderConfig:
    """Architecture of a `CompactEncoder`.

    Attributes:
        num_ws: latent codes of one image.
        w_dim: size of one latent code.
        image_size: height and width the network works at, in pixels.
        widths: channels after each halving of the resolution.
        hidden: width of the hidden layer between image features and latent code.
        generator_fingerprint: hash of the generator whose W+ is predicted; empty if unknown.
    """

    num_ws: int
    w_dim: int
    image_size: tuple[int, int] = (128, 128)
    widths: tuple[int, ...] = (24, 40, 64, 96, 128, 128)
    hidden: int = 384
    generator_fingerprint: str = ""


class CompactEncoder(nn.Module):
    """Image to W+.

    The network predicts standardised codes; the buffers `w_mean` and `w_std` (`[num_ws, w_dim]`)
    bring them to the scale of the generator. It starts as a w-only encoder, because the layer that
    predicts the deltas is initialised to zero.
    """

    w_mean: Tensor
    w_std: Tensor

    def __init__(self, config: CompactEncoderConfig) -> None:
        super().__init__()
        self.config = config
        *inner, last = pairwise((3, *config.widths))
        self.trunk = nn.Sequential(
            *(down_block(fine, coarse) for fine, coarse in inner), ConvBlock(*last, stride=2)
        )
        shrink = 2 ** len(config.widths)
        height, width = (-(-size // shrink) for size in config.image_size)
        self.hidden = nn.Linear(config.widths[-1] * height * width, config.hidden)
        self.base = nn.Linear(config.hidden, config.w_dim)
        self.delta = nn.Linear(config.hidden, config.num_ws * config.w_dim)
        nn.init.zeros_(self.delta.weight)
        nn.init.zeros_(self.delta.bias)
        self.register_buffer("w_mean", torch.zeros(config.num_ws, config.w_dim))
        self.register_buffer("w_std", torch.ones(config.num_ws, config.w_dim))

    @property
    def num_ws(self) -> int:
        """Number of latent codes that it predicts."""
        return self.config.num_ws

    @property
    def w_dim(self) -> int:
        """Size of one latent code."""
        return self.config.w_dim

    @property
    def generator_fingerprint(self) -> str:
        """Hash of the generator it was trained for; empty if unknown."""
        return self.config.generator_fingerprint

    def set_statistics(self, w_mean: Tensor, w_std: Tensor) -> None:
        """Sets mean and deviation of the predicted codes, each `[w_dim]` or `[num_ws, w_dim]`."""
        self.w_mean.copy_(w_mean.expand_as(self.w_mean))
        self.w_std.copy_(w_std.expand_as(self.w_std))

    def standardised(self, image: Tensor) -> Tensor:
        """W+ `[B, num_ws, w_dim]` of `image` before `w_mean` and `w_std`, for training."""
        features = self.trunk(self._resized(check_image(image)) * 2 - 1)
        hidden = F.silu(self.hidden(features.flatten(1)))
        delta = self.delta(hidden).view(-1, self.num_ws, self.w_dim)
        return self.base(hidden)[:, None] + delta

    def forward(self, image: Tensor) -> Tensor:
        """W+ `[B, num_ws, w_dim]` of `image` `[B, 3, H, W]` in [0, 1].

        An image of another size is resized to the size of the network: a larger one by area, a
        smaller one bilinearly.

        Raises:
            ShapeError: if `image` is not `[B, 3, H, W]`.
        """
        return self.standardised(image) * self.w_std + self.w_mean

    def _resized(self, image: Tensor) -> Tensor:
        height, width = self.config.image_size
        if image.shape[-2:] == (height, width):
            return image
        if image.shape[-2] > height or image.shape[-1] > width:
            return averaged(image, (height, width))
        return F.interpolate(image, (height, width), mode="bilinear", align_corners=False)
