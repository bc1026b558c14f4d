"""Trains the demo generator by regression to renders.

The target of a W code is the render of the same figure, so no adversary is needed: the loss
compares colours at four scales and edges at the finest. Resolution grows from 32 to 128 px; a
second run at 128 px, the polish, begins again at a lower learning rate.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from ....base.files import StrPath
from ....demo.world.factors import Z_DIM
from ....demo.world.patterns import pattern_carriers
from ....networks.stylegan2.config import GeneratorConfig
from ....networks.stylegan2.generator import Generator
from ....networks.stylegan2.synthesis import SynthesisLayer
from ..check.generation import fidelity, known_ws, synthesize
from ..data import FigureData
from ..latents import LatentBasis, mixed_ws
from .run import Plan, Run, training_dtype, update_average

RESOLUTION = 128
MAPPING_LAYERS, MAPPING_DIM = 10, 352
CHANNELS = {4: 192, 8: 192, 16: 192, 32: 128, 64: 64, 128: 32}
MIXED_SHARE = 0.75
PATTERNED_SHARE = 0.5  # of each batch is drawn from patterned figures only
EDGE_WEIGHT = 1.0
CARRIERS = {6: "horizontal stripes", 7: "dots", 8: "vertical stripes", 9: "checks"}
CARRIER_STRENGTH = 0.4
LOG_EVERY = 100
TEST_COUNT = 256


@dataclass(frozen=True)
class Course:
    """One run of the generator's training.

    Attributes:
        name: of its checkpoint and curve.
        plan: length and learning rate.
        stages: per resolution: the share of the run at which it ends, and its batch as a multiple
            of the plan's.
        region_weights: of background, body, garment and head.
        squared_weight: of the squared error beside the absolute one.
        horizon: of the average of the weights, in steps.
        test_every: steps between two tests on held-out figures.
    """

    name: str
    plan: Plan
    stages: tuple[tuple[int, float, int], ...]
    region_weights: tuple[float, float, float, float]
    squared_weight: float
    horizon: float
    test_every: int

    def stage(self, step: int) -> tuple[int, int]:
        """Resolution and multiple of the batch at `step`."""
        share = step / self.plan.steps
        return next((size, factor) for size, end, factor in self.stages if share < end)


GROWTH = Course(
    name="generator",
    plan=Plan(steps=9600, batch=16, lr=3e-3, flat=0.4),
    stages=((32, 0.13, 2), (64, 0.38, 1), (RESOLUTION, 1.0, 1)),
    region_weights=(0.6, 1.2, 1.4, 2.2),
    squared_weight=3.0,
    horizon=500,
    test_every=1000,
)
"""From nothing."""

POLISH = Course(
    name="polish",
    plan=Plan(steps=1300, batch=16, lr=1e-3, flat=0.0, warmup=50),
    stages=((RESOLUTION, 1.0, 1),),
    region_weights=(1.0, 1.2, 1.3, 1.8),
    squared_weight=10.0,
    horizon=150,
    test_every=200,
)
"""After that: smaller steps, and large errors anywhere in the picture weigh more."""


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


def reconstruction_loss(
    image: Tensor, target: Tensor, weight: Tensor, squared_weight: float
) -> tuple[Tensor, Tensor]:
    """L1 at four scales, L1 of the gradient and some L2, weighted per pixel.

    Args:
        image: `[B, 3, H, W]`.
        target: as `image`.
        weight: `[B, 1, H, W]`.
        squared_weight: factor of the L2 term.

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
    return loss + EDGE_WEIGHT * (across + along) + squared_weight * squared, plain


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
    generator: Generator,
    data: FigureData,
    held_out: FigureData,
    basis: LatentBasis,
    folder: StrPath,
    course: Course,
) -> Generator:
    """Runs `course` on `generator`, or what is left of it; returns the averaged generator."""
    torch.manual_seed(1)
    generator.to(memory_format=torch.channels_last)
    average = copy.deepcopy(generator).requires_grad_(False)
    trained = list(generator.synthesis.parameters())
    noise = [layer.noise_const.requires_grad_() for layer in styled_layers(generator)]
    plan = course.plan
    optimizer = torch.optim.Adam([{"params": trained}, {"params": noise}], plan.lr, (0.8, 0.99))
    modules = {"generator": generator, "average": average}
    run = Run(folder, course.name, modules, optimizer, plan, seed=1)
    weights, dtype = torch.tensor(course.region_weights), training_dtype()
    for step in run.steps():
        resolution, factor = course.stage(step)
        indices = _batch_indices(data, plan.batch * factor, run.generator)
        target = data.images(indices) * 2 - 1
        weight = weights[data.regions(indices).long()][:, None]
        if resolution < RESOLUTION:
            target = F.avg_pool2d(target, RESOLUTION // resolution)
            weight = F.avg_pool2d(weight, RESOLUTION // resolution)
        ws = _training_ws(basis, data, indices, run.generator, generator.num_ws)
        image = generator.synthesis(ws, dtype=dtype, max_resolution=resolution)
        loss, plain = reconstruction_loss(image, target, weight, course.squared_weight)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        update_average(average, generator, step, horizon=course.horizon)
        if step % LOG_EVERY == 0:
            run.log(resolution=resolution, loss=loss.item(), weighted_l1=plain.item())
        if step % course.test_every == course.test_every - 1 and resolution == RESOLUTION:
            run.log(**held_out_fidelity(average, basis, held_out))
    return average
