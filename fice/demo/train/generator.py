"""Trains the demo generator by regression to renders.

The target of a W code is the render of the same figure, so no adversary is needed: the loss
compares colours at four scales and edges at the finest. Resolution grows from 32 to 128 px.
"""

from __future__ import annotations

import copy
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from ...stylegan2.config import GeneratorConfig
from ...stylegan2.generator import Generator
from ...stylegan2.synthesis import SynthesisLayer
from ..check.generation import fidelity, known_ws, synthesize
from ..data import FigureData
from ..factors import Z_DIM
from ..latents import LatentBasis, mixed_ws
from ..patterns import pattern_carriers
from .run import Plan, Run, update_average

RESOLUTION = 128
MAPPING_LAYERS, MAPPING_DIM = 4, 384
CHANNELS = {4: 192, 8: 192, 16: 192, 32: 128, 64: 64, 128: 32}
PLAN = Plan(steps=9600, batch=16, lr=3e-3, flat=0.4)
# Share of the training at which each resolution ends, and its batch as a multiple of the plan's.
STAGES = ((32, 0.13, 2), (64, 0.38, 1), (128, 1.0, 1))
MIXED_SHARE = 0.75
PATTERNED_SHARE = 0.5  # of each batch is drawn from patterned figures only
REGION_WEIGHTS = (0.6, 1.2, 1.4, 2.2)  # background, body, garment, head
EDGE_WEIGHT = 1.0
SQUARED_WEIGHT = 3.0
CARRIERS = {6: "horizontal stripes", 7: "dots", 8: "vertical stripes", 9: "checks"}
CARRIER_STRENGTH = 0.4
LOG_EVERY = 200
TEST_EVERY = 1000
TEST_COUNT = 256


def build_generator(w_dim: int) -> Generator:
    """The untrained demo generator with the pattern textures in its noise buffers."""
    config = GeneratorConfig(
        z_dim=Z_DIM,
        w_dim=w_dim,
        resolution=RESOLUTION,
        channels=CHANNELS,
        num_mapping_layers=MAPPING_LAYERS,
        mapping_dim=MAPPING_DIM,
        lr_multiplier=1.0,
    )
    generator = Generator(config)
    carriers = {
        layer: pattern_carriers(_layer_size(layer))[name] for layer, name in CARRIERS.items()
    }
    with torch.no_grad():
        for index, layer in enumerate(styled_layers(generator)):
            layer.noise_const.zero_()
            if index in carriers:
                layer.noise_const.copy_(torch.from_numpy(carriers[index]))
            layer.noise_strength.fill_(CARRIER_STRENGTH)
        for height in CHANNELS:
            torgb = generator.synthesis.block(height).torgb
            assert torgb is not None
            torgb.weight.zero_()
    return generator


def styled_layers(generator: Generator) -> list[SynthesisLayer]:
    """The 3x3 layers in the order of their latent codes."""
    layers: list[SynthesisLayer] = []
    for height in sorted(CHANNELS):
        block = generator.synthesis.block(height)
        layers += [block.conv0, block.conv1] if hasattr(block, "conv0") else [block.conv1]
    return layers


def _layer_size(layer: int) -> int:
    return 2 ** ((layer + 5) // 2)


def reconstruction_loss(image: Tensor, target: Tensor, weight: Tensor) -> tuple[Tensor, Tensor]:
    """L1 at four scales, L1 of the gradient and a little L2, weighted per pixel.

    Args:
        image: `[B, 3, H, W]`.
        target: as `image`.
        weight: `[B, 1, H, W]`.

    Returns:
        The loss and the plain weighted L1, both scalars.
    """
    difference = (image - target) * weight
    plain = difference.abs().mean()
    loss = plain
    coarse = difference
    for _ in range(3):
        coarse = F.avg_pool2d(coarse, 2)
        loss = loss + coarse.abs().mean()
    across = (difference[..., 1:] - difference[..., :-1]).abs().mean()
    along = (difference[..., 1:, :] - difference[..., :-1, :]).abs().mean()
    squared = ((image - target).square() * weight).mean()
    return loss + EDGE_WEIGHT * (across + along) + SQUARED_WEIGHT * squared, plain


def _stage(share: float) -> tuple[int, int]:
    for resolution, end, factor in STAGES:
        if share < end:
            return resolution, factor
    return STAGES[-1][0], STAGES[-1][2]


def _batch_indices(data: FigureData, count: int, random: torch.Generator) -> Tensor:
    anyone = data.draw(count, random)
    patterned = data.patterned[torch.randint(0, len(data.patterned), (count,), generator=random)]
    return torch.where(torch.rand(count, generator=random) < PATTERNED_SHARE, patterned, anyone)


def _training_ws(
    basis: LatentBasis, data: FigureData, indices: Tensor, random: torch.Generator, num_ws: int
) -> Tensor:
    count = len(indices)
    mixed = int(count * MIXED_SHARE)
    factors = data.factors[indices]
    donors = data.factors[data.draw(3 * mixed, random).view(3, mixed)]
    plain = basis.to_w(factors[mixed:])[:, None].expand(-1, num_ws, -1)
    return torch.cat([mixed_ws(basis, factors[:mixed], donors), plain])


@torch.no_grad()
def held_out_fidelity(
    generator: Generator, basis: LatentBasis, held_out: FigureData
) -> dict[str, float]:
    """How close G(w) comes to the renders of held-out figures."""
    indices = torch.arange(TEST_COUNT)
    ws = known_ws(generator, basis, held_out.factors[indices])
    return fidelity(synthesize(generator, ws), held_out.images(indices))


def train_generator(
    data: FigureData,
    held_out: FigureData,
    basis: LatentBasis,
    folder: Path,
    plan: Plan = PLAN,
) -> Generator:
    """Trains or goes on training; returns the averaged generator."""
    torch.manual_seed(1)
    generator = build_generator(basis.axes.shape[1]).to(memory_format=torch.channels_last)
    average = copy.deepcopy(generator).requires_grad_(False)
    trained = list(generator.synthesis.parameters())
    noise = [layer.noise_const.requires_grad_() for layer in styled_layers(generator)]
    optimizer = torch.optim.Adam([{"params": trained}, {"params": noise}], plan.lr, (0.8, 0.99))
    modules = {"generator": generator, "average": average}
    run = Run(folder, "generator", modules, optimizer, plan, seed=1)
    weights = torch.tensor(REGION_WEIGHTS)
    for step in run.steps():
        resolution, factor = _stage(step / plan.steps)
        indices = _batch_indices(data, plan.batch * factor, run.generator)
        target = data.images(indices) * 2 - 1
        weight = weights[data.regions(indices).long()][:, None]
        if resolution < RESOLUTION:
            target = F.avg_pool2d(target, RESOLUTION // resolution)
            weight = F.avg_pool2d(weight, RESOLUTION // resolution)
        ws = _training_ws(basis, data, indices, run.generator, generator.num_ws)
        image = generator.synthesis(ws, dtype=torch.bfloat16, max_resolution=resolution)
        loss, plain = reconstruction_loss(image, target, weight)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        update_average(average, generator, step, horizon=500)
        if step % LOG_EVERY == 0:
            run.log(resolution=resolution, loss=loss.item(), weighted_l1=plain.item())
        if step % TEST_EVERY == TEST_EVERY - 1 and resolution == RESOLUTION:
            run.log(**held_out_fidelity(average, basis, held_out))
    return average
