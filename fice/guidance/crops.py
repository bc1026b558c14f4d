"""Random views of an image, so that CLIP is not fooled by texture that only one view shows."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from ..base.errors import ShapeError
from ..base.shapes import check_image


@dataclass(frozen=True)
class RandomCrops:
    """Draws slightly enlarged and shifted copies; implements `fice.guidance.losses.clip.Views`.

    The draws depend on the seed of the image and the step, and on nothing else: not on the batch an
    image is in, nor on any global random state.

    Attributes:
        count: views per image.
        seeds: one seed per image.
        min_scale: smallest side of a view, as a fraction of the image's.
        max_scale: largest; above 1 the border is repeated.
        shift: largest shift of the centre, as a fraction of half the side.
    """

    count: int
    seeds: tuple[int, ...]
    min_scale: float = 0.85
    max_scale: float = 1.03
    shift: float = 0.08

    def __call__(self, image: Tensor, step: int) -> Tensor:
        """Views `[B, count, 3, H, W]` of `image` `[B, 3, H, W]`.

        Raises:
            ShapeError: if there is not one seed per image.
        """
        check_image(image)
        if len(self.seeds) != image.shape[0]:
            raise ShapeError("seeds", (len(self.seeds),), (image.shape[0],), "Give one per image.")
        affine = torch.cat([self._affine(seed, step) for seed in self.seeds]).to(image)
        repeated = image.repeat_interleave(self.count, 0)
        grid = F.affine_grid(affine, list(repeated.shape), align_corners=False)
        views = F.grid_sample(repeated, grid, padding_mode="border", align_corners=False)
        return views.unflatten(0, (image.shape[0], self.count))

    def _affine(self, seed: int, step: int) -> Tensor:
        """Maps from view to image, `[count, 2, 3]`."""
        source = torch.Generator().manual_seed(_mix(seed, step))
        draws = torch.rand(self.count, 3, generator=source)
        affine = torch.zeros(self.count, 2, 3)
        scale = self.min_scale + (self.max_scale - self.min_scale) * draws[:, 0]
        affine[:, 0, 0] = scale
        affine[:, 1, 1] = scale
        affine[:, :, 2] = (2.0 * draws[:, 1:] - 1.0) * self.shift
        return affine


def _mix(seed: int, step: int) -> int:
    """One 63-bit seed of two, by a large odd multiplier, so that neighbours share no stream."""
    return (seed * 0x9E3779B97F4A7C15 + step * 0xBF58476D1CE4E5B9 + 1) % (1 << 63)
