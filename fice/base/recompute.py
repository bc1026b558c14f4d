"""Activation checkpointing: less memory for one more forward pass (arXiv 1604.06174)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from torch.utils.checkpoint import checkpoint

T = TypeVar("T")


def recomputed(call: Callable[..., T], *args: object) -> T:
    """`call(*args)`, of whose inside the graph keeps nothing: the backward pass calls it again.

    The numbers are the same bit for bit. Whatever `call` does beside computing, it does twice.

    Args:
        call: without randomness of its own.
        args: tensors that need a gradient must be among them, or captured by `call`.
    """
    return checkpoint(call, *args, use_reentrant=False, preserve_rng_state=False)  # pyright: ignore[reportReturnType, reportUnknownVariableType]
