"""Fits the mapping network z -> w to the known latent codes of random figures."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor

from ...stylegan2.mapping import MappingNetwork
from ..factors import decode, draw_z
from ..latents import LatentBasis
from .run import Plan, Run

PLAN = Plan(steps=20_000, batch=512, lr=2e-3, flat=0.2)
LOG_EVERY = 1000
HELD_OUT = 4096


def draw_pairs(first_seed: int, count: int) -> tuple[Tensor, Tensor]:
    """Latents `[count, Z_DIM]` and factor vectors `[count, F]` of consecutive seeds."""
    latents = [draw_z(first_seed + index) for index in range(count)]
    factors = [torch.from_numpy(decode(z).vector) for z in latents]
    return torch.stack([torch.from_numpy(z) for z in latents]), torch.stack(factors)


def load_pairs(folder: Path, first_seed: int, count: int) -> tuple[Tensor, Tensor]:
    """`draw_pairs`, kept in a file because drawing takes minutes."""
    path = folder / f"pairs_{first_seed}_{count}.pt"
    if not path.is_file():
        torch.save(draw_pairs(first_seed, count), path)
    return torch.load(path, weights_only=True)


def residual_variance(mapping: MappingNetwork, z: Tensor, w: Tensor) -> float:
    """Share of the variance of `w` that the mapping does not explain."""
    with torch.no_grad():
        error = mapping.to_w(z) - w
    return (error.square().mean() / w.var(0).mean()).item()


def train_mapping(
    mapping: MappingNetwork, basis: LatentBasis, folder: Path, *, first_seed: int, count: int
) -> MappingNetwork:
    """Trains `mapping` in place on `count` figures from `first_seed` on, and returns it."""
    z, factors = load_pairs(folder, first_seed, count + HELD_OUT)
    w = basis.to_w(factors)
    train_z, train_w = z[:count], w[:count]
    mapping.w_avg.copy_(train_w.mean(0))
    optimizer = torch.optim.Adam(mapping.parameters(), PLAN.lr, (0.9, 0.99))
    run = Run(folder, "mapping", {"mapping": mapping}, optimizer, PLAN, seed=2)
    for step in run.steps():
        indices = torch.randint(0, count, (PLAN.batch,), generator=run.generator)
        loss = (mapping.to_w(train_z[indices]) - train_w[indices]).square().mean()
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        if step % LOG_EVERY == 0:
            run.log(loss=loss.item(), residual=residual_variance(mapping, z[count:], w[count:]))
    return mapping
