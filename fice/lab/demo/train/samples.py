"""The generator's own pictures of known figures, for the networks that will look at them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ....base.files import StrPath, take_place
from ....networks.stylegan2.generator import Generator
from ..data import FigureData
from ..latents import LatentBasis, mixed_ws
from .run import training_dtype

BATCH = 32
MIXED_SHARE = 0.6
PERTURBATION = 0.08  # of w_std: the neighbourhood of W in which an edit lives
SEED = 9


@torch.no_grad()
def sample_ws(
    basis: LatentBasis, factors: Tensor, donors: Tensor, num_ws: int, random: torch.Generator
) -> Tensor:
    """W+ of figures as edits make them: layers mixed for a share of them, all a little off.

    Args:
        basis: the latent space.
        factors: `[B, F]` of the figures.
        donors: `[3, B, F]` of unrelated figures.
        num_ws: layers of the generator.
        random: source of all random numbers.
    """
    plain = basis.to_w(factors)[:, None].expand(-1, num_ws, -1)
    mixed = mixed_ws(basis, factors, donors)
    chosen = torch.rand(len(factors), 1, 1, generator=random) < MIXED_SHARE
    ws = torch.where(chosen, mixed, plain)
    amount = PERTURBATION * torch.rand(len(factors), 1, 1, generator=random)
    spread = basis.to_w(factors).std(0)
    return ws + amount * spread * torch.randn(ws.shape, generator=random)


@torch.no_grad()
def draw_samples(
    generator: Generator, basis: LatentBasis, data: FigureData, count: int, path: StrPath
) -> None:
    """Writes uint8 pictures `[count, H, W, 3]` of the first `count` figures of `data`."""
    path = Path(path)
    random = torch.Generator().manual_seed(SEED)
    generator = generator.to(memory_format=torch.channels_last)
    height, width = generator.resolution
    partial = path.with_suffix(".partial.npy")
    pixels = np.lib.format.open_memmap(
        partial, mode="w+", dtype=np.uint8, shape=(count, height, width, 3)
    )
    for indices in torch.arange(count).split(BATCH):
        donors = data.factors[data.draw(3 * len(indices), random).view(3, -1)]
        ws = sample_ws(basis, data.factors[indices], donors, generator.num_ws, random)
        image = generator.synthesis(ws, dtype=training_dtype()) * 0.5 + 0.5
        rows = (image.clamp(0, 1) * 255).round().to(torch.uint8).permute(0, 2, 3, 1)
        pixels[indices.numpy()] = rows.numpy()
    pixels.flush()
    take_place(partial, path)
