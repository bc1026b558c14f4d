"""Fits the mapping network z -> w to the known latent codes of random figures, part by part."""

from __future__ import annotations

from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ....base.files import StrPath
from ....demo.world.arrays import FloatArray
from ....demo.world.factors import decode, draw_z
from ....networks.layers import freeze
from ....networks.stylegan2.mapping import MappingNetwork, normalize_second_moment
from ..latents import LatentBasis
from .mapping_assembly import assemble
from .mapping_parts import FIRST, SECOND, Part, PartNetwork
from .run import Plan, Run

PLAN = Plan(steps=30_000, batch=1024, lr=3e-3, flat=0.2)
LOG_EVERY = 1000
HELD_OUT = 4096
CHUNK = 1024


@dataclass(frozen=True)
class Figures:
    """Latents and factors of figures.

    Attributes:
        z: `[N, Z_DIM]`, rows of mean square 1.
        factors: standardised, `[N, F]`.
    """

    z: Tensor
    factors: Tensor

    def inputs(self, part: Part, known: Tensor) -> Tensor:
        """What `part` reads, `[N, inputs]`; `known` `[N, F]` is what parts before it wrote."""
        return torch.cat((self.z[:, part.reads], known[:, part.reads_known]), 1)


def draw_pairs(first_seed: int, count: int, processes: int = 2) -> tuple[Tensor, Tensor]:
    """Latents `[count, Z_DIM]` and factor vectors `[count, F]` of consecutive seeds."""
    seeds = range(first_seed, first_seed + count)
    # Spawned, since a fork of a process with torch's threads in it can hang.
    with get_context("spawn").Pool(processes) as pool:
        pairs = pool.map(_draw_pair, seeds, chunksize=CHUNK)
    latents, factors = (torch.from_numpy(np.stack(column)) for column in zip(*pairs, strict=True))
    return latents, factors


def _draw_pair(seed: int) -> tuple[FloatArray, FloatArray]:
    z = draw_z(seed)
    return z, decode(z).vector


def load_pairs(folder: StrPath, first_seed: int, count: int) -> tuple[Tensor, Tensor]:
    """`draw_pairs`, kept in a file because drawing takes minutes."""
    folder = Path(folder)
    path = folder / f"pairs_{first_seed}_{count}.pt"
    if not path.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        torch.save(draw_pairs(first_seed, count), path)
    return torch.load(path, weights_only=True)


def train_mapping(
    mapping: MappingNetwork,
    basis: LatentBasis,
    folder: StrPath,
    *,
    first_seed: int,
    count: int,
    plan: Plan = PLAN,
) -> MappingNetwork:
    """Trains all parts on `count` figures from `first_seed` on and puts them into `mapping`."""
    z, factors = load_pairs(folder, first_seed, count + HELD_OUT)
    figures = Figures(normalize_second_moment(z), basis.standardise(factors))
    known = torch.zeros_like(figures.factors)
    networks = {part: _train_part(part, figures, known, folder, count, plan) for part in FIRST}
    with torch.no_grad():
        for part, network in networks.items():
            known[:, part.writes] = network(figures.inputs(part, known))
    # On what the parts before it write, not on the truth, so that it can make up for them.
    networks[SECOND] = _train_part(SECOND, figures, known, folder, count, plan)
    assemble(mapping, networks, basis)
    mapping.w_avg.copy_(basis.to_w(factors[:count]).mean(0))
    return mapping


def residual_variance(mapping: MappingNetwork, z: Tensor, w: Tensor) -> float:
    """Share of the variance of `w` that the mapping does not explain."""
    with torch.no_grad():
        error = mapping.to_w(z) - w
    return (error.square().mean() / w.var(0).mean()).item()


def _train_part(
    part: Part, figures: Figures, known: Tensor, folder: StrPath, count: int, plan: Plan
) -> PartNetwork:
    inputs, targets = figures.inputs(part, known), figures.factors[:, part.writes]
    torch.manual_seed(2)
    network = PartNetwork(part)
    optimizer = torch.optim.Adam(network.parameters(), plan.lr, (0.9, 0.99))
    run = Run(folder, f"mapping_{part.name}", {"network": network}, optimizer, plan, seed=2)
    for step in run.steps():
        rows = torch.randint(0, count, (plan.batch,), generator=run.generator)
        loss = (network(inputs[rows]) - targets[rows]).square().mean()
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        if step % LOG_EVERY == 0 or step == plan.steps - 1:
            run.log(loss=loss.item(), residual=_residual(network, inputs, targets, count))
    return freeze(network)


def _residual(network: PartNetwork, inputs: Tensor, targets: Tensor, count: int) -> float:
    """Mean square error on the figures after the first `count`; the targets' variance is 1."""
    with torch.no_grad():
        return (network(inputs[count:]) - targets[count:]).square().mean().item()
