"""What every training stage shares: the learning-rate plan, checkpoints, curves, averaging."""

from __future__ import annotations

import ctypes
import json
import math
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import nn

from ....base.files import StrPath, take_place

TRIM_EVERY = 20  # steps; glibc keeps freed activations otherwise and memory grows without bound
CHECKPOINT_SECONDS = 120.0


@dataclass(frozen=True)
class Plan:
    """Length and learning rate of one stage.

    Attributes:
        steps: optimiser steps in all.
        batch: images per step.
        lr: highest learning rate.
        warmup: steps of linear warm-up.
        flat: share of the steps after which the cosine decay to zero begins.
    """

    steps: int
    batch: int
    lr: float
    warmup: int = 100
    flat: float = 0.3

    def learning_rate(self, step: int) -> float:
        """Learning rate of `step` (from 0)."""
        share = step / self.steps
        ramp = min(1.0, (step + 1) / self.warmup)
        if share < self.flat:
            return self.lr * ramp
        phase = (share - self.flat) / (1 - self.flat)
        return self.lr * ramp * 0.5 * (1 + math.cos(math.pi * phase)) + 1e-6


@dataclass
class Run:
    """Folder of one stage: its checkpoint and its curve; a stopped stage goes on from there."""

    folder: StrPath
    name: str
    modules: Mapping[str, nn.Module]
    optimizer: torch.optim.Optimizer
    plan: Plan
    seed: int = 0
    step: int = 0
    seconds: float = 0.0
    generator: torch.Generator = field(default_factory=torch.Generator)
    _last: float = 0.0

    def __post_init__(self) -> None:
        """Seeds the stage's own random numbers and restores a checkpoint if there is one."""
        Path(self.folder).mkdir(parents=True, exist_ok=True)
        self.generator.manual_seed(self.seed)
        torch.manual_seed(self.seed)
        if self.checkpoint.is_file():
            self._restore()

    @property
    def checkpoint(self) -> Path:
        """Path of the stage's checkpoint."""
        return Path(self.folder) / f"{self.name}.pt"

    def _restore(self) -> None:
        saved: dict[str, Any] = torch.load(self.checkpoint, weights_only=True)
        for key, module in self.modules.items():
            module.load_state_dict(saved["modules"][key])
        self.optimizer.load_state_dict(saved["optimizer"])
        self.step, self.seconds = saved["step"], saved["seconds"]
        self.generator.set_state(saved["generator"])
        torch.set_rng_state(saved["rng"])

    def save(self) -> None:
        """Writes the checkpoint atomically."""
        content = {
            "modules": {key: module.state_dict() for key, module in self.modules.items()},
            "optimizer": self.optimizer.state_dict(),
            "step": self.step,
            "seconds": self.seconds,
            "generator": self.generator.get_state(),
            "rng": torch.get_rng_state(),
        }
        partial = self.checkpoint.with_suffix(".partial")
        torch.save(content, partial)
        take_place(partial, self.checkpoint)

    def steps(self) -> Iterator[int]:
        """Yields the steps that are left; sets the learning rate, saves now and then."""
        started = time.monotonic() - self.seconds
        self._last = time.monotonic()
        while self.step < self.plan.steps:
            rate = self.plan.learning_rate(self.step)
            for group in self.optimizer.param_groups:
                group["lr"] = rate * group.get("lr_scale", 1.0)
            yield self.step
            self.step += 1
            self.seconds = time.monotonic() - started
            if self.step % TRIM_EVERY == 0:
                release_memory()
            if time.monotonic() - self._last > CHECKPOINT_SECONDS:
                self.save()
                self._last = time.monotonic()
        self.save()

    def log(self, **figures: float) -> None:
        """Adds a line to the curve and shows it."""
        row = {"step": self.step, "seconds": round(self.seconds), **_rounded(figures)}
        with (Path(self.folder) / f"{self.name}.jsonl").open("a") as file:
            file.write(json.dumps(row) + "\n")
        sys.stdout.write(f"{self.name} {json.dumps(row)}\n")
        sys.stdout.flush()


def _rounded(figures: Mapping[str, float]) -> dict[str, float]:
    return {key: round(value, 5) for key, value in figures.items()}


def training_dtype() -> torch.dtype:
    """bfloat16 where the processor computes in it, else float32, which is far faster there."""
    native = torch.cpu._is_avx512_bf16_supported()  # pyright: ignore[reportPrivateUsage]
    return torch.bfloat16 if native else torch.float32


def mixed_precision() -> torch.autocast:
    """Autocast to `training_dtype`."""
    dtype = training_dtype()
    return torch.autocast("cpu", torch.bfloat16, enabled=dtype == torch.bfloat16)


@torch.no_grad()
def update_average(average: nn.Module, model: nn.Module, step: int, horizon: float) -> None:
    """Moves the exponential moving average of the parameters; `horizon` in steps, with warm-up."""
    keep = min(1 - 1 / horizon, step / (step + 20))
    for slow, fast in zip(average.parameters(), model.parameters(), strict=True):
        slow.lerp_(fast, 1 - keep)
    for target, source in zip(average.buffers(), model.buffers(), strict=True):
        target.copy_(source)


def release_memory() -> None:
    """Gives freed memory back to the system where the C library can (glibc)."""
    if sys.platform == "linux":
        ctypes.CDLL("libc.so.6").malloc_trim(0)
