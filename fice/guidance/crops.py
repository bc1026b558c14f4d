"""Random views of an image, so that CLIP is not fooled by texture that only one view shows."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import torch
import torch.nn.functional as F
from torch import Tensor

from ..base.errors import ShapeError
from ..base.sampling import bilinear_matrix, places_of_crop, split_places
from ..base.shapes import check_image

STEPS_PER_COPY = 16  # whose draws go to a GPU together: each copy waits for it


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
        # `grid_sample` is up to four times as fast on a CPU, and not there on every GPU.
        sample = self.by_grid if image.device.type == "cpu" else self.by_matrices
        return sample(image, step)

    def by_grid(self, image: Tensor, step: int) -> Tensor:
        """Views as `__call__` gives them, by `grid_sample`."""
        affine = torch.cat([_affine(*self._draw(seed, step)) for seed in self.seeds]).to(image)
        repeated = image.repeat_interleave(self.count, 0)
        grid = F.affine_grid(affine, list(repeated.shape), align_corners=False)
        views = F.grid_sample(repeated, grid, padding_mode="border", align_corners=False)
        return views.unflatten(0, (image.shape[0], self.count))

    def by_matrices(self, image: Tensor, step: int) -> Tensor:
        """Views as `__call__` gives them, by a matrix product along each axis."""
        block, row = divmod(step, STEPS_PER_COPY)
        height, width = image.shape[-2:]
        like = image.dtype, image.device
        across = _taps(self, block, 0, width, *like)
        down = _taps(self, block, 1, height, *like)
        columns = bilinear_matrix(across[0, row], across[1, row], width)
        rows = bilinear_matrix(down[0, row], down[1, row], height)
        wide = image.flatten(1, 2) @ columns.flatten(1, 2).mT
        wide = wide.unflatten(1, (3, height)).unflatten(3, (self.count, width))
        views = rows @ wide.permute(0, 3, 2, 1, 4).flatten(3)
        return views.unflatten(3, (3, width)).transpose(2, 3)

    def _draw(self, seed: int, step: int) -> tuple[Tensor, Tensor]:
        """Scale `[count]` and shift (x, y) `[count, 2]` of the views of one image."""
        source = torch.Generator().manual_seed(_mix(seed, step))
        draws = torch.rand(self.count, 3, generator=source)
        scale = self.min_scale + (self.max_scale - self.min_scale) * draws[:, 0]
        return scale, (2.0 * draws[:, 1:] - 1.0) * self.shift

    def places(self, step: int, axis: int, size: int) -> Tensor:
        """Pixels at which the views look along one axis, `[B, count, size]` float64.

        Args:
            step: the step.
            axis: 0 goes across, 1 down.
            size: pixels of the axis.
        """
        drawn = [self._draw(seed, step) for seed in self.seeds]
        scale = torch.stack([scale for scale, _ in drawn])
        shift = torch.stack([shift[:, axis] for _, shift in drawn])
        return places_of_crop(scale, shift, size, size)


def _affine(scale: Tensor, shift: Tensor) -> Tensor:
    """Maps from view to image, `[count, 2, 3]`."""
    affine = torch.zeros(len(scale), 2, 3)
    affine[:, 0, 0] = scale
    affine[:, 1, 1] = scale
    affine[:, :, 2] = shift
    return affine


@lru_cache(maxsize=8)
@torch.inference_mode(False)
def _taps(
    crops: RandomCrops, block: int, axis: int, size: int, dtype: torch.dtype, device: torch.device
) -> Tensor:
    """`split_places` of a block of steps, `[2, STEPS_PER_COPY, B, count, size]`."""
    first = block * STEPS_PER_COPY
    steps = range(first, first + STEPS_PER_COPY)
    places = torch.stack([crops.places(step, axis, size) for step in steps])
    return torch.stack(split_places(places, size)).to(dtype).to(device)


def _mix(seed: int, step: int) -> int:
    """One 63-bit seed of two, by a large odd multiplier, so that neighbours share no stream."""
    return (seed * 0x9E3779B97F4A7C15 + step * 0xBF58476D1CE4E5B9 + 1) % (1 << 63)
