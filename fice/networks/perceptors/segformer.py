"""SegFormer human parsers: which garment a pixel belongs to.

Source: SegFormer, arXiv 2105.15203. The table of classes is by name, so that it fits every parser
that was trained on the classes of ATR (segformer_b2_clothes), LIP, FASHN or Fashionpedia
(segformer_fashion). The last knows clothes only, down to sleeves and necklines, but no faces.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ...base.errors import CheckpointError
from ...base.images import resize
from ...base.shapes import check_image
from ...base.types import Regions

Part = Literal[
    "background", "head", "skin", "upper", "lower", "dress", "bodice", "trim", "accessory"
]
Garment = Literal["upper", "lower", "dress"]

ALL_GARMENTS: tuple[Garment, ...] = ("upper", "lower", "dress")

PARTS: Mapping[str, Part] = {
    "background": "background",
    "everything-else": "background",
    "unlabelled": "background",
    "unlabeled": "background",
    "face": "head",
    "hair": "head",
    "hat": "head",
    "glasses": "head",
    "sunglasses": "head",
    "headband,-head-covering,-hair-accessory": "head",
    "arms": "skin",
    "left-arm": "skin",
    "right-arm": "skin",
    "hands": "skin",
    "legs": "skin",
    "left-leg": "skin",
    "right-leg": "skin",
    "feet": "skin",
    "torso": "skin",
    "upper-clothes": "upper",
    "top": "upper",
    "coat": "upper",
    "shirt,-blouse": "upper",
    "top,-t-shirt,-sweatshirt": "upper",
    "sweater": "upper",
    "cardigan": "upper",
    "jacket": "upper",
    "vest": "upper",
    "cape": "upper",
    "pants": "lower",
    "shorts": "lower",
    "skirt": "lower",
    "dress": "dress",
    "jumpsuit": "dress",
    "jumpsuits": "dress",
    "hood": "bodice",
    "collar": "bodice",
    "lapel": "bodice",
    "epaulette": "bodice",
    "sleeve": "bodice",
    "neckline": "bodice",
    "pocket": "trim",
    "buckle": "trim",
    "zipper": "trim",
    "applique": "trim",
    "bead": "trim",
    "bow": "trim",
    "flower": "trim",
    "fringe": "trim",
    "ribbon": "trim",
    "rivet": "trim",
    "ruffle": "trim",
    "sequin": "trim",
    "tassel": "trim",
    "bag": "accessory",
    "bag,-wallet": "accessory",
    "tie": "accessory",
    "watch": "accessory",
    "umbrella": "accessory",
    "leg-warmer": "accessory",
    "tights,-stockings": "accessory",
    "shoe": "accessory",
    "sock": "accessory",
    "belt": "accessory",
    "glove": "accessory",
    "jewelry": "accessory",
    "left-shoe": "accessory",
    "right-shoe": "accessory",
    "scarf": "accessory",
    "socks": "accessory",
}

GARMENTS_OF: Mapping[Part, tuple[Garment, ...]] = {
    "upper": ("upper",),
    "lower": ("lower",),
    "dress": ("dress",),
    "bodice": ("upper", "dress"),
    "trim": ALL_GARMENTS,
}
"""Which garments a part may be of."""

CLOTHES_ONLY = {"everything-else", "unlabelled", "unlabeled"}
"""What parsers that know clothes only call all the rest: scenery, faces and skin."""
FACES = {"face", "hair"}

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)


@dataclass(frozen=True)
class SegFormerInput:
    """What images the network was trained on.

    Attributes:
        size: height and width, in pixels.
        mean: mean per channel that they were normalised with.
        std: deviation per channel that they were normalised with.
    """

    size: tuple[int, int] = (512, 512)
    mean: tuple[float, ...] = IMAGENET_MEAN
    std: tuple[float, ...] = IMAGENET_STD


class SegFormer(nn.Module):
    """Perceptor of `Regions` on top of a SegFormer of transformers.

    Args:
        network: maps normalised images to an output with `logits` `[B, C, h, w]`.
        labels: names of its C classes.
        expected: what images it takes.
        garments: what counts as the garment; other clothes are a part of the body.

    Raises:
        CheckpointError: if a label is not in `PARTS`, or there is no background or head.
    """

    person_height = 256  # pixels, of the photos that FICE shows it
    sees_heads: bool
    """Whether it tells heads apart; where not, P(head) is 0 and what is not clothes background."""

    mean: Tensor
    std: Tensor
    membership: Tensor

    def __init__(
        self,
        network: nn.Module,
        labels: Sequence[str],
        expected: SegFormerInput,
        garments: Collection[Garment] = ALL_GARMENTS,
    ) -> None:
        super().__init__()
        self.network = network
        self.size = expected.size
        self.register_buffer("mean", torch.tensor(expected.mean).view(3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(expected.std).view(3, 1, 1), persistent=False)
        parts = parts_of(labels)
        self.sees_heads = "head" in parts
        membership = _membership(parts, garments)
        self.register_buffer("membership", membership, persistent=False)

    def forward(self, image: Tensor) -> Regions:
        """Regions of `image` `[B, 3, H, W]` in [0, 1], at its own size.

        Raises:
            ShapeError: if `image` is not `[B, 3, H, W]`.
        """
        pixels = resize(check_image(image), self.size)
        network = cast("Callable[..., Any]", self.network)
        logits: Tensor = network(pixel_values=(pixels - self.mean) / self.std).logits
        logits = F.interpolate(logits, image.shape[-2:], mode="bilinear", align_corners=False)
        shares = torch.einsum("bchw,rc->brhw", logits.softmax(1), self.membership)
        background, body, garment, head = shares.split(1, dim=1)
        return Regions(background=background, body=body, garment=garment, head=head)


def parts_of(labels: Sequence[str]) -> list[Part]:
    """Which part of the picture each of `labels` belongs to.

    What is worn on the head is an accessory to a parser that does not know the head itself.

    Raises:
        CheckpointError: if a label is not in `PARTS`, or there is no background or head.
    """
    names = [label.strip().lower().replace("_", "-").replace(" ", "-") for label in labels]
    unknown = sorted(set(names) - PARTS.keys())
    if unknown:
        raise CheckpointError(
            f"This SegFormer is not a human parser that FICE knows: it tells apart "
            f"{', '.join(unknown[:5])}. Use segformer_b2_clothes or fashn-human-parser."
        )
    parts: list[Part] = [PARTS[name] for name in names]
    if CLOTHES_ONLY & set(names) and not FACES & set(names):
        return ["accessory" if part == "head" else part for part in parts]
    if not {"background", "head"} <= set(parts):
        raise CheckpointError("This SegFormer tells no head or no background apart.")
    return parts


def _membership(parts: Sequence[Part], garments: Collection[Garment]) -> Tensor:
    """Rows background, body, garment and head over the classes, 1 where a class belongs."""
    rows = (
        [part == "background" for part in parts],
        [part not in ("background", "head") for part in parts],
        [not set(GARMENTS_OF.get(part, ())).isdisjoint(garments) for part in parts],
        [part == "head" for part in parts],
    )
    return torch.tensor(rows).float()
