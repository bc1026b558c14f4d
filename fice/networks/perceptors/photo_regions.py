"""A compact segmenter of photos of people: which garment, hair, face or skin a pixel belongs to."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ...base.images import resize
from ...base.shapes import check_image
from ...base.types import Regions
from .segformer import ALL_GARMENTS, Garment
from .unet import UNet

PHOTO_CLASSES = (
    "background",
    "hair",
    "face",
    "skin",
    "upper",
    "lower",
    "dress",
    "outerwear",
    "accessory",
)
"""Classes in the order of the logits; hats count as hair, shoes and bags as accessories."""

HEAD = ("hair", "face")
CLASSES_OF: dict[Garment, tuple[str, ...]] = {
    "upper": ("upper", "outerwear"),
    "lower": ("lower",),
    "dress": ("dress",),
}
"""The classes that a kind of garment consists of."""

PHOTO_WIDTHS = (16, 40, 96, 160, 224)
PHOTO_SIZE = (384, 256)
STRIDE = 32  # of the deepest features: pictures are shown in multiples of it


@dataclass(frozen=True)
class PhotoRegionsConfig:
    """Architecture of a `PhotoRegions`.

    Attributes:
        widths: channels of the U-Net per resolution.
        attentions: blocks of self-attention over the deepest features.
        heads: of each of them.
        size: of an upright photo that it was trained on; others are shown with as many pixels.
    """

    widths: tuple[int, ...] = PHOTO_WIDTHS
    attentions: int = 2
    heads: int = 7
    size: tuple[int, int] = PHOTO_SIZE


class PhotoRegions(nn.Module):
    """Perceptor of `Regions` in photos of any size, and of `PHOTO_CLASSES`.

    Args:
        config: its architecture.
        garments: what counts as the garment; other clothes are a part of the body.
    """

    sees_photos = True
    """It knows whole photos, so people are found at one look, and takes them in any size."""

    membership: Tensor

    def __init__(
        self, config: PhotoRegionsConfig, garments: Collection[Garment] = ALL_GARMENTS
    ) -> None:
        super().__init__()
        self.config = config
        blocks = [AttentionBlock(config.widths[-1], config.heads) for _ in range(config.attentions)]
        self.trunk = UNet(config.widths, nn.Sequential(*blocks))
        self.classes = nn.Conv2d(config.widths[0], len(PHOTO_CLASSES), 1)
        self.register_buffer("membership", _membership(garments), persistent=False)

    def logits(self, image: Tensor) -> Tensor:
        """Logits `[B, 9, ceil(H/2), ceil(W/2)]` of `PHOTO_CLASSES`, for training.

        Args:
            image: `[B, 3, H, W]` in [0, 1], of about the size that it was trained on.

        Raises:
            ShapeError: if `image` is not `[B, 3, H, W]`.
        """
        return self.classes(self.trunk(check_image(image)))

    def probabilities(self, image: Tensor) -> Tensor:
        """Probabilities `[B, 9, H, W]` of `PHOTO_CLASSES`.

        The mean of what is seen in a picture and in its mirror image.

        Args:
            image: `[B, 3, H, W]` in [0, 1], of any size.

        Raises:
            ShapeError: if `image` is not `[B, 3, H, W]`.
        """
        height, width = image.shape[-2:]
        shown = resize(check_image(image), shown_size((height, width), self.config.size))
        seen, mirrored = (self.logits(one).softmax(1) for one in (shown, shown.flip(-1)))
        mean = (seen + mirrored.flip(-1)) / 2
        return F.interpolate(mean, (height, width), mode="bilinear", align_corners=False)

    def forward(self, image: Tensor) -> Regions:
        """Regions of `image` `[B, 3, H, W]` in [0, 1], at its own size.

        Raises:
            ShapeError: if `image` is not `[B, 3, H, W]`.
        """
        shares = torch.einsum("bchw,rc->brhw", self.probabilities(image), self.membership)
        background, body, garment, head = shares.split(1, dim=1)
        return Regions(background=background, body=body, garment=garment, head=head)


class AttentionBlock(nn.Module):
    """Self-attention over all places, then a layer per place, each around a skip connection.

    Args:
        channels: of the features.
        heads: of the attention.
    """

    def __init__(self, channels: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.norm0, self.norm1 = nn.LayerNorm(channels), nn.LayerNorm(channels)
        self.queries_keys_values = nn.Linear(channels, 3 * channels)
        self.out = nn.Linear(channels, channels)
        self.wide = nn.Linear(channels, 2 * channels)
        self.narrow = nn.Linear(2 * channels, channels)

    def forward(self, x: Tensor) -> Tensor:
        """Features of the shape of `x` `[B, C, H, W]`."""
        tokens = x.flatten(2).mT
        tokens = tokens + self._attend(self.norm0(tokens))
        tokens = tokens + self.narrow(F.silu(self.wide(self.norm1(tokens))))
        return tokens.mT.reshape(x.shape)

    def _attend(self, tokens: Tensor) -> Tensor:
        parts = self.queries_keys_values(tokens).unflatten(-1, (3, self.heads, -1))
        q, k, v = parts.permute(2, 0, 3, 1, 4)
        return self.out(F.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2))


def shown_size(size: tuple[int, int], trained: tuple[int, int]) -> tuple[int, int]:
    """What a picture of `size` is resized to: about the pixels of `trained`, its proportions."""
    scale = (trained[0] * trained[1] / (size[0] * size[1])) ** 0.5
    height, width = (max(1, round(side * scale / STRIDE)) * STRIDE for side in size)
    return height, width


def _membership(garments: Collection[Garment]) -> Tensor:
    """Rows background, body, garment and head over the classes, 1 where a class belongs."""
    chosen = {name for one in garments for name in CLASSES_OF[one]}
    rows = (
        [name == "background" for name in PHOTO_CLASSES],
        [name != "background" and name not in HEAD for name in PHOTO_CLASSES],
        [name in chosen for name in PHOTO_CLASSES],
        [name in HEAD for name in PHOTO_CLASSES],
    )
    return torch.tensor(rows).float()
