"""ROIAlign as two small matrix products, since bilinear sampling on a grid is separable.

Source: Mask R-CNN, arXiv 1703.06870; conventions of detectron2's `ROIAlign` with `aligned=False`
(formats section 6): no half-pixel shift, every bin is the mean of a few samples per axis.
"""

from __future__ import annotations

from functools import lru_cache

import torch
from torch import Tensor

Box = tuple[float, float, float, float]
"""Corners x0, y0, x1, y1 in pixels of the image."""


def roi_align(
    features: Tensor, box: Box, *, output_size: int, spatial_scale: float, sampling_ratio: int
) -> Tensor:
    """The part of `features` inside `box`, resampled.

    Args:
        features: `[B, C, H, W]`.
        box: corners in pixels of the image, the same for the whole batch.
        output_size: height and width of the result.
        spatial_scale: size of the features relative to the image.
        sampling_ratio: samples per bin and axis.

    Returns:
        `[B, C, output_size, output_size]`, channels last.
    """
    x0, y0, x1, y1 = (side * spatial_scale for side in box)
    height, width = features.shape[-2:]
    like = features.dtype, features.device
    rows = _sampling(height, (y0, y1), output_size, sampling_ratio, *like)
    columns = _sampling(width, (x0, x1), output_size, sampling_ratio, *like)
    # Channels last, as convolutions leave them, so that nothing is copied.
    tall = rows @ features.permute(0, 2, 3, 1).flatten(2)
    return (columns @ tall.unflatten(2, (width, -1))).permute(0, 3, 1, 2)


@lru_cache(maxsize=64)  # the box is the same in all steps of an edit
@torch.inference_mode(False)
def _sampling(
    size: int,
    side: tuple[float, float],
    bins: int,
    per_bin: int,
    dtype: torch.dtype,
    device: torch.device,
) -> Tensor:
    """Weights `[bins, size]` that take an axis of `size` to the bins of `side`."""
    start, extent = side[0], max(side[1] - side[0], 1.0)
    # In double precision and on the CPU: a handful of numbers, and far from the origin float32
    # would shift the samples.
    steps = torch.arange(bins * per_bin, dtype=torch.float64) + 0.5
    places = start + steps * (extent / (bins * per_bin))
    inside = (places >= -1) & (places <= size)
    pixels = torch.arange(size, dtype=torch.float64)
    hat = 1 - (places.clamp(0, size - 1)[:, None] - pixels).abs()
    weights = (hat.clamp(min=0) * inside[:, None]).view(bins, per_bin, size).mean(1)
    return weights.to(device, dtype)
