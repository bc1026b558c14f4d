"""How much the picture changed where it should not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from torch import Tensor

from ...base.shapes import check_image, check_mask
from ...base.types import Perceptor, Regions
from ..terms import Candidate
from ._targets import check_target

Normalise = Literal["pixels", "mask"]


def masked_square_error(
    image: Tensor, target: Tensor, weight: Tensor, normalise: Normalise = "pixels"
) -> Tensor:
    """Mean of `(weight · (image - target))²` (formats, section 7).

    Args:
        image: `[B, 3, H, W]` in [0, 1], not clamped.
        target: `[B, 3, H, W]` or `[1, 3, H, W]`.
        weight: `[B, 1, H, W]` or `[1, 1, H, W]` in [0, 1], 1 where nothing may change.
        normalise: `pixels` divides by the number of all pixels, as FICE does, so that the term is
            stronger the more of the picture is kept; `mask` divides by the sum of the weights
            (at least one pixel), so that its strength does not depend on the size of the person.

    Returns:
        `[B]`, 0 where both images agree wherever the weight is not 0.

    Examples:
        >>> import torch
        >>> black, half = torch.zeros(1, 3, 2, 2), torch.full((1, 3, 2, 2), 0.5)
        >>> left = torch.tensor([[[[1.0, 0.0], [1.0, 0.0]]]])
        >>> masked_square_error(half, black, left)
        tensor([0.1250])
        >>> masked_square_error(half, black, left, "mask")
        tensor([0.2500])
    """
    check_target(target, check_image(image), "image")
    check_target(check_mask(weight, "weight"), image[:, :1], "image (weight)")
    error = (weight * (image - target)).square().flatten(1).mean(1)
    if normalise == "pixels":
        return error
    pixels = weight.shape[2] * weight.shape[3]
    return error * (pixels / weight.flatten(1).sum(1).clamp(min=1.0))


@dataclass(frozen=True, eq=False)
class ImageTerm:
    """Keeps the pixels of the source image under a weight map.

    Attributes:
        target: the source image, `[B, 3, H, W]`.
        weight: `[B, 1, H, W]`; FICE takes 1 - P(body), 1 - P(garment) keeps legs and hands too.
        normalise: see `masked_square_error`.
        segmenter: if given, what the candidate's own garment covers is free as well, so that a
            sleeve may become longer while bare skin keeps its colour.
        name: key in reports; a second term with another weight map needs one of its own.
    """

    target: Tensor
    weight: Tensor
    normalise: Normalise = "pixels"
    segmenter: Perceptor[Regions] | None = None
    name: str = "image"

    def __call__(self, candidate: Candidate) -> Tensor:
        """Loss `[B]`."""
        weight = self.weight
        if self.segmenter is not None:
            # Detached: the garment must not grow only to hide pixels from this term.
            weight = weight * (1 - candidate.perceive(self.segmenter).garment.detach())
        return masked_square_error(candidate.image, self.target, weight, self.normalise)
