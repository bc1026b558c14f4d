"""The tensors of a checkpoint, wherever in its dicts they lie."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from torch import Tensor

from ..errors import CheckpointError
from .reader import Checkpoint

PARALLEL_PREFIX = "module."  # of weights saved from DistributedDataParallel


def entries(value: object) -> Mapping[str, object]:
    """`value` if it is a dict, else an empty one."""
    return cast("Mapping[str, object]", value) if isinstance(value, Mapping) else {}


def state_dict(checkpoint: Checkpoint, *wrappers: str) -> dict[str, Tensor]:
    """The named tensors of `checkpoint`.

    Args:
        checkpoint: what a file contains.
        wrappers: keys under which they may lie; the first that exists is taken, if any.

    Raises:
        CheckpointError: if there are none.
    """
    top = entries(checkpoint.content)
    inner = next((entries(top[key]) for key in wrappers if isinstance(top.get(key), Mapping)), top)
    state = {
        key.removeprefix(PARALLEL_PREFIX): value
        for key, value in inner.items()
        if isinstance(value, Tensor)
    }
    if not state:
        raise CheckpointError(f"{checkpoint.path.name} holds no named tensors, so no network.")
    return state


def sub_state(state: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    """The tensors of `state` whose names start with `prefix`, without it."""
    return {
        key.removeprefix(prefix): value for key, value in state.items() if key.startswith(prefix)
    }
