"""Two settings in turn, A B A B, so that what else the machine does meets both alike."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from statistics import median

import torch

from ...inversion.step import InversionStep
from .clock import Seconds, middle, timed


@dataclass(frozen=True)
class Paired:
    """Iterations of several settings that took turns.

    Attributes:
        seconds: median per iteration of each setting.
        cpu_ratio: median over the rounds of (first setting / this one), cpu seconds.
        wall_ratio: likewise on the wall.
        warm_up: seconds on the wall of the two iterations before those, where compiling happens.
    """

    seconds: Mapping[str, Seconds]
    cpu_ratio: Mapping[str, float]
    wall_ratio: Mapping[str, float]
    warm_up: Mapping[str, float]


def paired(
    loops: Mapping[str, Iterator[InversionStep]], device: torch.device, rounds: int
) -> Paired:
    """Times `rounds` iterations of each of `loops`, in turn; the first is what others are held to.

    Two iterations of each come first, whose time is told apart.
    """
    runs: dict[str, list[Seconds]] = {name: [] for name in loops}
    warm_up = {
        name: timed(lambda steps=steps: [next(steps) for _ in range(2)], device).wall
        for name, steps in loops.items()
    }
    for _ in range(rounds):
        for name, steps in loops.items():
            runs[name].append(timed(lambda steps=steps: next(steps), device))
    base = runs[next(iter(loops))]

    def ratio(name: str, clock: str) -> float:
        pairs = zip(base, runs[name], strict=True)
        return median(getattr(a, clock) / getattr(b, clock) for a, b in pairs)

    return Paired(
        seconds={name: middle(own) for name, own in runs.items()},
        cpu_ratio={name: ratio(name, "cpu") for name in loops},
        wall_ratio={name: ratio(name, "wall") for name in loops},
        warm_up=warm_up,
    )
