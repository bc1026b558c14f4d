"""Oklab (Ottosson 2020): colours such that equal steps look equal."""

from __future__ import annotations

import torch
from torch import Tensor

TO_CONES = (
    (0.4122214708, 0.5363325363, 0.0514459929),
    (0.2119034982, 0.6806995451, 0.1073969566),
    (0.0883024619, 0.2817188376, 0.6299787005),
)
TO_LAB = (
    (0.2104542553, 0.7936177850, -0.0040720468),
    (1.9779984951, -2.4285922050, 0.4505937099),
    (0.0259040371, 0.7827717662, -0.8086757660),
)
BLACK = 1e-9  # a cube root has no slope at 0
LINEAR_BELOW, SLOPE, OFFSET, GAMMA = 0.04045, 12.92, 0.055, 2.4  # of sRGB


def to_oklab(rgb: Tensor) -> Tensor:
    """SRGB in [0, 1] `[..., 3, N]` as lightness and two axes of colour, `[..., 3, N]`."""
    bent = ((rgb.clamp(min=LINEAR_BELOW) + OFFSET) / (1 + OFFSET)) ** GAMMA
    linear = torch.where(rgb <= LINEAR_BELOW, rgb / SLOPE, bent)
    cones = _matrix(TO_CONES, rgb) @ linear
    return _matrix(TO_LAB, rgb) @ cones.clamp(min=0.0).pow(1 / 3)


def oklab_slopes(rgb: Tensor) -> Tensor:
    """How `to_oklab` changes with each channel of `rgb` `[3, N]`, `[N, 3 (Oklab), 3 (sRGB)]`."""
    base = (rgb.clamp(min=LINEAR_BELOW) + OFFSET) / (1 + OFFSET)
    bent = base ** (GAMMA - 1)
    linear = torch.where(rgb <= LINEAR_BELOW, rgb / SLOPE, bent * base)
    steep = torch.where(rgb <= LINEAR_BELOW, 1 / SLOPE, bent * (GAMMA / (1 + OFFSET)))
    cones = (_matrix(TO_CONES, rgb) @ linear).clamp(min=BLACK)
    inner = cones.pow(-2 / 3).T[:, :, None] / 3 * _matrix(TO_CONES, rgb) * steep.T[:, None]
    return _matrix(TO_LAB, rgb) @ inner


def from_oklab(lab: Tensor) -> Tensor:
    """The inverse of `to_oklab`; colours beyond sRGB are clamped."""
    cones = torch.linalg.inv(_matrix(TO_LAB, lab)) @ lab
    linear = (torch.linalg.inv(_matrix(TO_CONES, lab)) @ cones**3).clamp(0.0, 1.0)
    edge = LINEAR_BELOW / SLOPE
    bent = linear.clamp(min=edge) ** (1 / GAMMA) * (1 + OFFSET) - OFFSET
    return torch.where(linear <= edge, linear * SLOPE, bent).clamp(0.0, 1.0)


def _matrix(rows: tuple[tuple[float, ...], ...], like: Tensor) -> Tensor:
    return torch.tensor(rows, dtype=like.dtype, device=like.device)
