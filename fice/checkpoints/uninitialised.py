"""Builds networks without drawing random weights that a file is about to replace."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from torch import Tensor
from torch.overrides import TorchFunctionMode


class Uninitialised(TorchFunctionMode):
    """Context in which `torch.nn.init` leaves tensors as they are.

    Random weights of a network with 200 million parameters take seconds. Only for networks whose
    every tensor is filled afterwards, see `load_state`.
    """

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
        if getattr(func, "__module__", None) == "torch.nn.init":
            return cast("Tensor", named["tensor"] if "tensor" in named else args[0])
        return func(*args, **named)
