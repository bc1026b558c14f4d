"""Pivotal tuning: the weights of a generator learn one photo."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from ..base.errors import DivergedError
from ..base.fingerprint import fingerprint_state
from ..networks.stylegan2 import FrozenGenerator, Generator
from .device_queue import look_every
from .projection import pyramid_error


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
    generator: FrozenGenerator,
    ws: Tensor,
    photo: Tensor,
    config: TuningConfig,
    on_step: Callable[[Tensor], object] | None = None,
) -> FrozenGenerator:
    """Pivotal tuning (Roich et al. 2021): the weights learn to draw `photo` at the pivot `ws`.

    All parameters of a copy of the synthesis network learn; noise maps and the mapping network stay
    as they are. The generator that comes in is not changed.

    Args:
        generator: what is to draw the photo better.
        ws: the pivots, `[B, num_ws, w_dim]`; one generator is tuned for all of them.
        photo: `[B, 3, H, W]` in [0, 1], at its size.
        config: numbers of the run.
        on_step: gets the images of each step, `[B, 3, H, W]`; what it raises ends the run.

    Returns:
        The tuned generator, with a fingerprint of its own.

    Raises:
        DivergedError: if the loss is no longer finite.
    """
    with torch.inference_mode(False):
        learning = generator.thaw()
        learning.mapping.requires_grad_(False)
        adam = torch.optim.Adam(learning.synthesis.parameters(), config.learning_rate)
        pivot, target = ws.detach().clone(), photo.detach().clone()
        strangers = _strangers(generator, config).to(pivot)
    check = _Check()
    for index in range(config.steps):
        with torch.inference_mode(False), torch.enable_grad():
            image = learning.synthesize(pivot)
            loss = pyramid_error(image, target).sum()
            if config.keep_weight:
                other = _neighbour(generator, pivot, config.reach, strangers[index : index + 1])
                with torch.no_grad():
                    wanted = generator.synthesize(other)
                changed = pyramid_error(learning.synthesize(other), wanted).sum()
                loss = loss + config.keep_weight * changed
            check.note(loss.detach(), last=index + 1 == config.steps)
            adam.zero_grad(set_to_none=True)
            loss.backward()  # pyright: ignore[reportUnknownMemberType]
            adam.step()
        if on_step is not None:
            on_step(image.detach())
    learning.fingerprint = fingerprint_state(learning.state_dict())
    return learning.freeze()


class _Check:
    """Watches the losses; on a GPU only every few steps, see `look_every`."""

    def __init__(self) -> None:
        self._steps = 0
        self._unseen: list[Tensor] = []

    def note(self, loss: Tensor, *, last: bool) -> None:
        self._unseen.append(loss)
        self._steps += 1
        if not last and len(self._unseen) < look_every(loss.device):
            return
        finite = torch.stack(self._unseen).isfinite().tolist()
        if not all(finite):
            broken = self._steps - len(finite) + finite.index(False)
            raise DivergedError(
                f"Tuning step {broken} gave NaN or infinity; try fewer steps, or none."
            )
        self._unseen.clear()


def _strangers(generator: Generator, config: TuningConfig) -> Tensor:
    """The z of a random person for each step, `[steps, z_dim]`: drawn first, so copied once."""
    random = torch.Generator().manual_seed(config.seed)
    drawn = [torch.randn(1, generator.z_dim, generator=random) for _ in range(config.steps)]
    return torch.cat([torch.zeros(0, generator.z_dim), *drawn])


def _neighbour(generator: Generator, ws: Tensor, reach: float, z: Tensor) -> Tensor:
    """W+ on the way from the pivot to the person of `z` `[1, z_dim]`, `[1, num_ws, w_dim]`."""
    with torch.no_grad():
        w = generator.sample_w(z)
        return torch.lerp(ws[:1], w.unsqueeze(1).expand_as(ws[:1]), reach)
