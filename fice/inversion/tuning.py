"""Pivotal tuning: the weights of a generator learn one photo."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeVar, cast

import torch
from torch import Tensor, nn

from ..base.errors import DivergedError
from ..base.fingerprint import fingerprint_state
from ..base.types import Synthesizer
from .projection import pyramid_error

GeneratorT = TypeVar("GeneratorT", bound=nn.Module)


@dataclass(frozen=True)
class TuningConfig:
    """Numbers of `tune`.

    Attributes:
        steps: Adam steps.
        learning_rate: of the weights; 3e-4 in the paper.
        keep_weight: how much other people must stay as they are (the paper's locality term).
        reach: how far from the pivot those other people lie, 1 is all the way to a random one.
        seed: of the other people.
    """

    steps: int = 100
    learning_rate: float = 3e-4
    keep_weight: float = 0.1
    reach: float = 0.3
    seed: int = 0


def tune(
    generator: GeneratorT, ws: Tensor, photo: Tensor, config: TuningConfig
) -> Iterator[tuple[Tensor, GeneratorT]]:
    """Pivotal tuning (Roich et al. 2021): the weights learn to draw `photo` at the pivot `ws`.

    The generator that comes in is not changed; noise maps and the mapping network stay as they are.

    Args:
        generator: a `Synthesizer` with a `synthesis` network.
        ws: the pivots, `[B, num_ws, w_dim]`; one generator is tuned for all of them.
        photo: `[B, 3, H, W]` in [0, 1], at its size.
        config: numbers of the run.

    Yields:
        The images of the step, `[B, 3, H, W]`, and the generator so far, `config.steps` times. Its
        fingerprint is of its own only after the last step.

    Raises:
        DivergedError: if the loss is no longer finite.
    """
    with torch.inference_mode(False):
        tuned = copy.deepcopy(generator)
        learnt = [p.requires_grad_(True) for p in tuned.get_submodule("synthesis").parameters()]
        adam = torch.optim.Adam(learnt, config.learning_rate)
        pivot, target = ws.detach().clone(), photo.detach().clone()
    random = torch.Generator().manual_seed(config.seed)
    for index in range(config.steps):
        with torch.inference_mode(False), torch.enable_grad():
            image = _draw(tuned, pivot)
            loss = pyramid_error(image, target).sum()
            if config.keep_weight:
                other = _neighbour(generator, pivot, config.reach, random)
                with torch.no_grad():
                    wanted = _draw(generator, other)
                loss = loss + config.keep_weight * pyramid_error(_draw(tuned, other), wanted).sum()
            if not bool(loss.isfinite()):
                raise DivergedError(
                    f"Tuning step {index} gave NaN or infinity; try fewer steps, or none."
                )
            adam.zero_grad(set_to_none=True)
            loss.backward()  # pyright: ignore[reportUnknownMemberType]
            adam.step()
        if index + 1 == config.steps:
            tuned.requires_grad_(False)
            vars(tuned)["fingerprint"] = fingerprint_state(tuned.state_dict())
        yield image.detach(), tuned


def _draw(generator: nn.Module, ws: Tensor) -> Tensor:
    return cast("Synthesizer", generator).synthesize(ws)


def _neighbour(generator: nn.Module, ws: Tensor, reach: float, random: torch.Generator) -> Tensor:
    """W+ on the way from the pivot to a random person, `[1, num_ws, w_dim]`."""
    synthesizer = cast("Synthesizer", generator)
    with torch.no_grad():
        z = torch.randn(1, synthesizer.z_dim, generator=random).to(ws)
        w = synthesizer.sample_w(z)
        return torch.lerp(ws[:1], w.unsqueeze(1).expand_as(ws[:1]), reach)
