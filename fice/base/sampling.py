"""Sampling on a grid as a matrix per axis, since it is separable.

`grid_sample` with a repeated border is missing on Apple GPUs, its gradient even longer, and so are
antialiased sizes in older torch; a matrix product is there on every device, and its gradient adds
in the same order each time.
"""

from __future__ import annotations

from functools import lru_cache

import torch
from torch import Tensor


def places_of_crop(scale: Tensor, shift: Tensor, size: int, to: int) -> Tensor:
    """Pixels at which crops look along one axis, `[..., to]` float64, 0 at the centre of the first.

    Args:
        scale: sides of the crops as fractions of the image's, `[...]` on the CPU.
        shift: of their centres, as fractions of half the image's side, `[...]`.
        size: pixels of the image's axis.
        to: pixels of the crops' axis.
    """
    centres = (2 * torch.arange(to, dtype=torch.float64) + 1) / to - 1
    return ((scale[..., None] * centres + shift[..., None] + 1) * size - 1) / 2


def split_places(places: Tensor, size: int) -> tuple[Tensor, Tensor]:
    """The pixel before each of `places` and the way to the next one, in [0, 1).

    Split in double precision on the CPU, both lose nothing in float32: far from the origin the sum
    would.

    Args:
        places: `[..., N]` in pixels of an axis, 0 at the centre of the first; those beyond its
            ends are moved there, so that the border is repeated.
        size: pixels of the axis.
    """
    inside = places.clamp(0, size - 1)
    whole = inside.floor()
    return whole, inside - whole


def bilinear_matrix(whole: Tensor, fraction: Tensor, size: int) -> Tensor:
    """Weights `[..., N, size]` that take an axis of `size` pixels to N places of `split_places`."""
    pixels = torch.arange(size, dtype=whole.dtype, device=whole.device)
    away = (whole.unsqueeze(-1) - pixels) + fraction.unsqueeze(-1)
    return (1 - away.abs()).clamp(min=0)


def sampled(maps: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
    """`maps` `[..., H, W]` by the matrices `rows` `[h, H]` and `columns` `[w, W]`; `[..., h, w]`.

    In their own precision: autocast would round the weights.
    """
    kind = maps.device.type
    if not torch.amp.is_autocast_available(kind):
        return rows @ maps @ columns.mT
    with torch.autocast(kind, enabled=False):
        return rows @ maps @ columns.mT


@lru_cache(maxsize=64)
@torch.inference_mode(False)
def resizing_matrix(
    size: int, to: int, dtype: torch.dtype, device: torch.device, *, cubic: bool = False
) -> Tensor:
    """Weights `[to, size]` that `interpolate` has with antialiasing, for one axis.

    Args:
        size: pixels of the axis.
        to: pixels that it shall have.
        dtype: of the weights.
        device: where they are needed.
        cubic: whether larger sizes are cubic and not linear.
    """
    scale = size / to
    centres = (torch.arange(to, dtype=torch.float64) + 0.5) * scale
    pixels = torch.arange(size, dtype=torch.float64) + 0.5
    away = (pixels - centres[:, None]).abs() / max(scale, 1.0)
    weights = _cubic(away) if cubic else (1 - away).clamp(min=0)
    return (weights / weights.sum(1, keepdim=True)).to(dtype).to(device)


@lru_cache(maxsize=64)
@torch.inference_mode(False)
def averaging_matrix(size: int, to: int, dtype: torch.dtype, device: torch.device) -> Tensor:
    """Weights `[to, size]` that adaptive average pooling has for one axis."""
    bins, pixels = torch.arange(to)[:, None], torch.arange(size)
    covered = (pixels >= bins * size // to) & (pixels < -(-(bins + 1) * size // to))
    weights = covered.to(torch.float64)
    return (weights / weights.sum(1, keepdim=True)).to(dtype).to(device)


def _cubic(away: Tensor) -> Tensor:
    """Keys' kernel with a = -1/2 at distances `away` of at least 0."""
    near = (1.5 * away - 2.5) * away * away + 1
    far = ((-0.5 * away + 2.5) * away - 4) * away + 2
    return torch.where(away < 1, near, torch.where(away < 2, far, 0.0))
