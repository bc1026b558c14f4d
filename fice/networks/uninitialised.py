"""Builds networks whose every tensor is filled afterwards, without drawing random weights."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

RANDOM: frozenset[Callable[..., Any]] = frozenset({torch.rand, torch.randn})
FACTORIES: frozenset[Callable[..., Any]] = RANDOM | {
    torch.empty,
    torch.zeros,
    torch.ones,
    torch.full,
}
FILLERS = frozenset({torch.Tensor.uniform_, torch.Tensor.normal_})
"""What initialisers that torch does not announce as such fill a tensor with, e.g. Xavier's."""


class Uninitialised(TorchFunctionMode):
    """Context in which nothing random is drawn and `torch.nn.init` leaves tensors as they are.

    Random weights of a network with 200 million parameters take seconds. On the device `meta` it is
    their first call that does: torch then imports its compiler, a second and a half, for a tensor
    that has no values.

    Args:
        spend: told the bytes of each new tensor before it is made; raises to refuse it.
    """

    def __init__(self, spend: Callable[[int], object] | None = None) -> None:
        super().__init__()
        self.spend = spend

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> object:
        """Returns the tensor of an initialiser, calls everything else."""
        del types
        named = dict(kwargs or {})
        if func in FILLERS or getattr(func, "__module__", None) == "torch.nn.init":
            return cast("Tensor", named["tensor"] if "tensor" in named else args[0])
        if func in RANDOM:
            func = torch.empty
            named.pop("generator", None)
        if self.spend and func in FACTORIES:
            outline = cast("Tensor", func(*args, **{**named, "device": "meta"}))
            self.spend(outline.numel() * outline.element_size())
        return func(*args, **named)
