"""The tensors of a checkpoint, wherever in its dicts they lie."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from torch import Tensor

from ..base.errors import CheckpointError
from .pickle_values import expect_name
from .reader import Checkpoint

MAX_SHARING = 3  # fixed filters, tied weights and second names may share, all weights may not
PARALLEL_PREFIX = "module."  # of weights saved from DistributedDataParallel
SCALARS = ("num_batches_tracked", "logit_scale", "logit_bias", "noise_strength")
"""Last parts of the names of single numbers, which some programs save with the shape [1]."""


def entries(value: object) -> Mapping[str, object]:
    """`value` if it is a dict, else an empty one."""
    return cast("Mapping[str, object]", value) if isinstance(value, Mapping) else {}


def state_dict(checkpoint: Checkpoint, *wrappers: str) -> dict[str, Tensor]:
    """The named tensors of `checkpoint`, none if it has none.

    Args:
        checkpoint: what a file contains.
        wrappers: keys under which they may lie; the first that exists is taken, if any.

    Raises:
        CheckpointError: if a name is impossible, or many are views of the same few bytes.
    """
    top = entries(checkpoint.content)
    inner = next((entries(top[key]) for key in wrappers if isinstance(top.get(key), Mapping)), top)
    return {key.removeprefix(PARALLEL_PREFIX): value for key, value in named_tensors(inner).items()}


def named_tensors(values: Mapping[str, object]) -> dict[str, Tensor]:
    """The tensors among `values`, single numbers without a dimension, as torch reads them too.

    Raises:
        CheckpointError: if a name is impossible, or many are views of the same few bytes.
    """
    found = {expect_name(key): value for key, value in values.items() if isinstance(value, Tensor)}
    storages = {
        t.untyped_storage().data_ptr(): t.untyped_storage().nbytes() for t in found.values()
    }
    claimed = sum(tensor.numel() * tensor.element_size() for tensor in found.values())
    if claimed > MAX_SHARING * sum(storages.values()):
        raise CheckpointError("many tensors share the same data, which no network's do.")
    return {key: _as_scalar(key, tensor) for key, tensor in found.items()}


def _as_scalar(name: str, tensor: Tensor) -> Tensor:
    single = tuple(tensor.shape) == (1,) and name.endswith(SCALARS)
    return tensor.reshape(()) if single else tensor


def sub_state(state: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    """The tensors of `state` whose names start with `prefix`, without it."""
    return {
        key.removeprefix(prefix): value for key, value in state.items() if key.startswith(prefix)
    }
