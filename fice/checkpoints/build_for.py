"""Builds the network that a file describes, within the bounds that the file sets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from torch import Tensor

from ..base.errors import CheckpointError
from ..networks.uninitialised import Uninitialised
from .budget import Budget

NetworkT = TypeVar("NetworkT")

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
    budget = Budget(sum(t.numel() * t.element_size() for t in state.values()))

    def spend(size: int) -> None:
        try:
            budget.spend(max(size, MIN_BYTES))
        except CheckpointError:
            raise CheckpointError(
                f"{name} describes a network that takes far more data than it has bytes: its "
                "description is damaged, or that of another file."
            ) from None

    try:
        with Uninitialised(spend):
            return build()
    except IMPOSSIBLE as error:
        raise CheckpointError(
            f"{name} holds an incomplete or unusual network "
            f"({type(error).__name__}: {str(error)[:200]!r})."
        ) from None
