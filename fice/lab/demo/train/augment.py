"""Seeded picture augmentation that makes small networks robust to what a generator draws."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from ....base.sampling import bilinear_matrix, places_of_crop, sampled, split_places

BLUR_SHARE = 0.5
CONTRAST = 0.3
BRIGHTNESS = 0.2
CLOUD = 0.06
NOISE = 0.06


def augment_colours(image: Tensor, random: torch.Generator) -> Tensor:
    """Blur, contrast, brightness, slow colour clouds and noise, each image by its own amount.

    Args:
        image: `[B, 3, H, W]` in [0, 1].
        random: source of all random numbers.

    Returns:
        `[B, 3, H, W]`, about in [0, 1].
    """
    count, _, height, width = image.shape

    def draw(channels: int = 1) -> Tensor:
        return torch.rand(count, channels, 1, 1, generator=random)

    image = _blur(image, draw(), draw())
    image = image * (1 + CONTRAST * (draw(3) - 0.5)) + BRIGHTNESS * (draw(3) - 0.5)
    cloud = torch.randn(count, 3, 8, 8, generator=random)
    cloud = F.interpolate(cloud, (height, width), mode="bilinear", align_corners=False)
    noise = torch.randn(image.shape, generator=random)
    image = image + CLOUD * draw() * cloud + NOISE * draw() * noise
    return image.contiguous(memory_format=torch.channels_last)


def _blur(image: Tensor, strength: Tensor, choice: Tensor) -> Tensor:
    """Mixes in a copy at half size (or, for one in five, quarter size)."""
    size = image.shape[-2:]
    half, quarter = (
        F.interpolate(F.avg_pool2d(image, k), size, mode="bilinear", align_corners=False)
        for k in (2, 4)
    )
    soft = torch.where(choice > 1 - 0.2 * BLUR_SHARE, quarter, half)
    amount = strength * (choice > 1 - BLUR_SHARE)
    return torch.lerp(image, soft, amount)


def random_crops(
    image: Tensor, size: int, random: torch.Generator, *, zoom: float = 0.2, shift: float = 0.1
) -> Tensor:
    """One random crop of each image, `[B, 3, size, size]`.

    Args:
        image: `[B, 3, H, W]`.
        size: side of the crops in pixels.
        random: source of all random numbers.
        zoom: the crop's side is between `1 - zoom` and 1.03 times the image's.
        shift: largest offset of the centre, as a share of half the image.
    """
    count = len(image)
    scale = 1.03 - (0.03 + zoom) * torch.rand(count, generator=random)
    shifts = shift * (2 * torch.rand(count, 2, generator=random) - 1)
    rows, columns = (
        _matrix(places_of_crop(scale, shifts[:, axis], side, size), image, side)
        for axis, side in ((1, image.shape[2]), (0, image.shape[3]))
    )
    return sampled(image, rows[:, None], columns[:, None])


def _matrix(places: Tensor, image: Tensor, side: int) -> Tensor:
    """Weights `[B, size, side]` that take an axis of `image` to `places` `[B, size]`."""
    whole, fraction = (part.to(image) for part in split_places(places, side))
    return bilinear_matrix(whole, fraction, side)
