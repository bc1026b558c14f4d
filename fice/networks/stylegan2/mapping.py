"""Mapping network: z (and a class) to the intermediate latent space W."""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn

from ...base.shapes import check_shape
from .config import GeneratorConfig
from .linear import EqualizedLinear

NORMALIZE_EPS = 1e-8


def normalize_second_moment(x: Tensor) -> Tensor:
    """Scales each row of `[B, N]` to a mean square of 1."""
    return x * torch.rsqrt(x.square().mean(1, keepdim=True) + NORMALIZE_EPS)


class MappingNetwork(nn.Module):
    """Fully connected layers from z to w, with truncation towards the mean of W.

    Buffers `w_avg` and, where a checkpoint brings it, `w_std`, both `[w_dim]`.
    """

    w_avg: Tensor
    w_std: Tensor | None

    def __init__(self, config: GeneratorConfig) -> None:
        super().__init__()
        self.z_dim, self.c_dim, self.w_dim = config.z_dim, config.c_dim, config.w_dim
        self.num_ws, self.num_layers = config.num_ws, config.num_mapping_layers
        embed_dim = (config.embed_dim or config.w_dim) if config.c_dim else 0
        if config.c_dim:
            self.embed = EqualizedLinear(config.c_dim, embed_dim)
        hidden = config.mapping_dim or config.w_dim
        widths = [config.z_dim + embed_dim, *[hidden] * (self.num_layers - 1), config.w_dim]
        for index in range(self.num_layers):
            layer = EqualizedLinear(
                widths[index],
                widths[index + 1],
                lr_multiplier=config.lr_multiplier,
                activate=True,
            )
            self.add_module(f"fc{index}", layer)
        self.register_buffer("w_avg", torch.zeros(config.w_dim))
        self.register_buffer("w_std", None)

    def forward(
        self,
        z: Tensor,
        c: Tensor | None = None,
        *,
        truncation_psi: float = 1.0,
        truncation_cutoff: int | None = None,
    ) -> Tensor:
        """Maps `z` to W+, the same w in every layer.

        Args:
            z: `[B, z_dim]`, standard normal.
            c: `[B, c_dim]` one-hot classes; None = all zeros, which belongs to no class.
            truncation_psi: 1 = as mapped, 0 = the mean `w_avg`.
            truncation_cutoff: number of leading layers to truncate, None = all.

        Returns:
            `[B, num_ws, w_dim]`.

        Raises:
            ShapeError: if `z` or `c` does not fit.
        """
        ws = self.to_w(z, c)[:, None].repeat(1, self.num_ws, 1)
        if truncation_psi == 1.0:
            return ws
        kept = self.num_ws if truncation_cutoff is None else truncation_cutoff
        truncated = self.w_avg.lerp(ws[:, :kept], truncation_psi)
        return torch.cat((truncated, ws[:, kept:]), 1)

    def to_w(self, z: Tensor, c: Tensor | None = None) -> Tensor:
        """Maps `z` `[B, z_dim]` (and classes `c` `[B, c_dim]`) to w `[B, w_dim]`, not truncated."""
        check_shape(z, ("B", self.z_dim), "z")
        x = normalize_second_moment(z)
        if self.c_dim:
            c = z.new_zeros(len(z), self.c_dim) if c is None else c
            check_shape(c, (len(z), self.c_dim), "c", "Classes are one-hot, one row per z.")
            x = torch.cat((x, normalize_second_moment(self.embed(c))), 1)
        for index in range(self.num_layers):
            x = cast(EqualizedLinear, self.get_submodule(f"fc{index}"))(x)
        return x
