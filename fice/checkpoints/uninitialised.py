"""Builds networks that a file describes, within bounds and without drawing random weights."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar, cast

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

from ..errors import CheckpointError
from .budget import Budget

NetworkT = TypeVar("NetworkT")

FACTORIES: frozenset[Callable[..., Any]] = frozenset(
    {torch.empty, torch.zeros, torch.ones, torch.full, torch.rand, torch.randn}
)
FILLERS = frozenset({torch.Tensor.uniform_, torch.Tensor.normal_})
"""What initialisers that torch does not announce as such fill a tensor with, e.g. Xavier's."""
MIN_BYTES = 1024  # that a tensor counts for, so that a million tiny layers are too many, too

# What torch and Python raise on numbers that no network can be built of.
IMPOSSIBLE = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    IndexError,
    KeyError,
    RuntimeError,
    TypeError,
    ValueError,
)


def build_for(state: Mapping[str, Tensor], name: str, build: Callable[[], NetworkT]) -> NetworkT:
    """The network that `build` makes of the shapes, or of the metadata, of the file `name`.

    Args:
        state: the tensors in the file, which bound the size of the network.
        name: of the file, for messages.
        build: reads the architecture and builds the network. Its weights are not initialised.

    Raises:
        CheckpointError: if the file describes no network, or one far larger than it holds.
    """
    try:
        with Uninitialised(Budget(sum(t.numel() * t.element_size() for t in state.values()))):
            return build()
    except IMPOSSIBLE as error:
        raise CheckpointError(
            f"{name} holds an incomplete or unusual network "
            f"({type(error).__name__}: {str(error)[:200]!r})."
        ) from None


class Uninitialised(TorchFunctionMode):
    """Context in which `torch.nn.init` leaves tensors as they are.

    Random weights of a network with 200 million parameters take seconds. Only for networks whose
    every tensor is filled afterwards, see `load_state`.

    Args:
        budget: limit of all new tensors, None = their number and size are known.
    """

    def __init__(self, budget: Budget | None = None) -> None:
        super().__init__()
        self.budget = budget

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> object:
        """Returns the tensor of an initialiser, calls everything else.

        Raises:
            CheckpointError: before a tensor is made that is out of proportion to the file.
        """
        del types
        named = dict(kwargs or {})
        if func in FILLERS or getattr(func, "__module__", None) == "torch.nn.init":
            return cast("Tensor", named["tensor"] if "tensor" in named else args[0])
        if self.budget and func in FACTORIES:
            outline = cast("Tensor", func(*args, **{**named, "device": "meta"}))
            self.budget.spend(max(outline.numel() * outline.element_size(), MIN_BYTES))
        return func(*args, **named)
