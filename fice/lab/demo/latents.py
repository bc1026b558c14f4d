"""The structured latent space W of the demo generator: principal axes of the visual parameters.

A generator that has to discover its own W from z learns slowly; this one is given W. A code is the
figure's standardised parameters turned onto their principal axes, so the standard deviation of
each dimension says how far it may move, and directions no figure uses have none.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ...base.shapes import check_shape
from ...demo.world.arrays import FloatArray
from ...demo.world.factors import APPEARANCE_DIM, FACTOR_DIM, POSE_DIM, SHAPE_DIM

GROUP_SIZES = (POSE_DIM, SHAPE_DIM, APPEARANCE_DIM)
# Layers of the 12 of a 128 px generator that each group of factors may use: up to the first layer
# at 16 px the pose, up to 32 px the garment's shape, then colours, patterns and the face.
GROUP_LAYERS = (range(0, 4), range(4, 7), range(7, 12))
_SMALLEST_SCALE = 1e-4


@dataclass(frozen=True)
class LatentBasis:
    """Linear map between factor vectors and W.

    Attributes:
        mean: mean factor vector, `[F]`.
        scale: standard deviation per factor, `[F]`.
        axes: orthonormal principal axes as columns, `[F, w_dim]` with `w_dim = F`.
    """

    mean: Tensor
    scale: Tensor
    axes: Tensor

    @staticmethod
    def fit(factors: FloatArray) -> LatentBasis:
        """Principal axes of many factor vectors, `[N, F]`."""
        values = torch.from_numpy(factors.astype(np.float64))
        mean = values.mean(0)
        scale = values.std(0).clamp_min(_SMALLEST_SCALE)
        standard = (values - mean) / scale
        covariance = standard.T @ standard / len(standard)
        axes = torch.linalg.eigh(covariance).eigenvectors.flip(1)
        return LatentBasis(mean.float(), scale.float(), axes.float())

    def to_w(self, factors: Tensor) -> Tensor:
        """W codes `[N, w_dim]` of factor vectors `[N, F]`."""
        return self.standardise(factors) @ self.axes

    def standardise(self, factors: Tensor) -> Tensor:
        """Factor vectors `[N, F]` in units of their deviation from the mean."""
        check_shape(factors, ("N", FACTOR_DIM), "factors")
        return (factors - self.mean) / self.scale

    def state(self) -> dict[str, Tensor]:
        """The tensors, for a weight file."""
        return {"mean": self.mean, "scale": self.scale, "axes": self.axes}


def mixed_ws(basis: LatentBasis, factors: Tensor, donors: Tensor) -> Tensor:
    """W+ in which each group of layers knows only its own group of factors.

    The factors of the other groups come from random donors, so the generator learns to ignore them
    there: pose, garment shape and appearance become separable by layer.

    Args:
        basis: the latent space.
        factors: `[B, F]` of the figures to draw.
        donors: `[3, B, F]` of unrelated figures, one set for each group.

    Returns:
        `[B, num_ws, w_dim]`.
    """
    wanted = factors.split(GROUP_SIZES, 1)
    layers: list[Tensor] = []
    for index, group_layers in enumerate(GROUP_LAYERS):
        parts = list(donors[index].split(GROUP_SIZES, 1))
        parts[index] = wanted[index]
        w = basis.to_w(torch.cat(parts, 1))
        layers.append(w[:, None].expand(-1, len(group_layers), -1))
    return torch.cat(layers, 1)
