"""CLIP's attention pooling for one query: the mean of the map asks all of its pixels."""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn


class AttentionPool(nn.Module):
    """Feature map `[B, C, H, W]` to `[B, E]`, as `AttentionPool2d` of CLIP's ResNets computes it.

    Theirs lets every pixel ask and drops all answers but the first (CLIP, arXiv 2103.00020). With
    one query, keys and values need not be computed either: `q·(K x) = (Kᵀ q)·x` and
    `Σ a (V x) = V (Σ a x)`, products of matrices with one vector per head. The keys' bias adds the
    same to all scores, which the softmax ignores.

    Args:
        pool: the module whose parameters it takes over.
    """

    def __init__(self, pool: nn.Module) -> None:
        super().__init__()
        self.positional_embedding = cast("nn.Parameter", pool.positional_embedding)
        self.q_proj, self.k_proj, self.v_proj, self.c_proj = (
            cast("nn.Linear", pool.get_submodule(f"{name}_proj")) for name in "qkvc"
        )
        self.num_heads = cast("int", pool.num_heads)

    def forward(self, x: Tensor) -> Tensor:
        """Pools `x`."""
        x = x.flatten(2).transpose(1, 2)
        x = torch.cat([x.mean(1, keepdim=True), x], 1) + self.positional_embedding.to(x.dtype)
        query = self.q_proj(x[:, 0]).unflatten(1, (self.num_heads, -1))
        wanted = torch.einsum("bhd,hdc->bhc", query, self._by_head(self.k_proj))
        scores = wanted @ x.mT * query.shape[-1] ** -0.5
        seen = torch.einsum("bhc,hdc->bhd", scores.softmax(-1) @ x, self._by_head(self.v_proj))
        return self.c_proj(seen.flatten(1) + self.v_proj.bias)

    def _by_head(self, projection: nn.Linear) -> Tensor:
        """The weight of `projection`, `[heads, C / heads, C]`."""
        return projection.weight.unflatten(0, (self.num_heads, -1))
