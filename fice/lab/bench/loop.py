"""One iteration of FICE on random targets, and its parts one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from ...base.types import measure
from ...guidance.objective import objective
from ...guidance.source import Source
from ...guidance.wish import Wish
from ...inversion import PAPER, InversionConfig, invert
from ...inversion.step import InversionStep
from ...pipeline.models import ModelSet
from .clock import gigaflops, repeated

ENDLESS = 1_000_000


@dataclass(frozen=True)
class Cost:
    """What one part of an iteration costs.

    Attributes:
        forward_cpu: seconds of the forward pass, with its graph.
        backward_cpu: seconds of the backward pass.
        forward_wall: as `forward_cpu`, on the wall.
        backward_wall: as `backward_cpu`, on the wall.
        forward_gflop: 10⁹ operations forwards.
        backward_gflop: 10⁹ operations backwards.
    """

    forward_cpu: float
    backward_cpu: float
    forward_wall: float
    backward_wall: float
    forward_gflop: float
    backward_gflop: float


def iterations(
    models: ModelSet, batch: int, device: torch.device, *, recompute: bool = False
) -> Iterator[InversionStep]:
    """The loop with FICE's five losses; each `next` is one iteration, after the first."""
    image, ws = random_start(models, batch, device)
    source = Source(image, ws, measure(models.chart, image), measure(models.segmenter, image))
    embedding = models.clip.encode_image(image[:1]).detach()
    wish = Wish(models.clip, embedding.roll(1, -1))
    terms = objective(PAPER.weights, source, wish, models.generator)
    return invert(models.generator, ws, terms, InversionConfig(steps=ENDLESS, recompute=recompute))


def components(models: ModelSet, batch: int, device: torch.device, repeats: int) -> dict[str, Cost]:
    """Cost of each network in an iteration."""
    image, ws = random_start(models, batch, device)
    return {
        name: _cost(call, ws if name == "synthesis" else image, device, repeats)
        for name, call in network_calls(models).items()
    }


def network_calls(models: ModelSet) -> dict[str, Callable[[Tensor], Tensor]]:
    """The networks of an iteration: `synthesis` takes W+, all others an image."""
    return {
        "synthesis": models.generator.synthesize,
        "clip": models.clip.encode_image,
        "densepose": lambda image: models.chart(image).body,
        "segmenter": lambda image: models.segmenter(image).head,
    }


def random_photo(models: ModelSet, device: torch.device) -> Tensor:
    """A picture that the generator of `models` draws, `[1, 3, H, W]` in [0, 1]."""
    return random_start(models, 1, device)[0]


def _cost(
    call: Callable[[Tensor], Tensor], given: Tensor, device: torch.device, repeats: int
) -> Cost:
    leaf = given.clone().requires_grad_()
    # A graph needs something behind it; a random direction, since that of a sum may be zero.
    direction = torch.randn_like(call(leaf).detach())

    def forward() -> Tensor:
        return call(leaf)

    def both() -> None:
        leaf.grad = None
        forward().backward(direction)

    one, two = (repeated(step, device, repeats) for step in (forward, both))
    flops, all_flops = gigaflops(forward), gigaflops(both)
    return Cost(one.cpu, two.cpu - one.cpu, one.wall, two.wall - one.wall, flops, all_flops - flops)


def random_start(models: ModelSet, batch: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """Pictures `[batch, 3, H, W]` in [0, 1] that the generator draws, and their W+."""
    draw = torch.Generator().manual_seed(0)
    generator = models.generator
    z = torch.randn(batch, generator.z_dim, generator=draw).to(device)
    with torch.no_grad():
        ws = generator.sample_w(z)[:, None].repeat(1, generator.num_ws, 1)
        image = generator.synthesize(ws).clamp(0, 1).contiguous()
    return image, ws
