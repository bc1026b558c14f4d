"""Tensors into a network, with an error that says which do not fit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from torch import Tensor, nn

from ..errors import CheckpointError

ModuleT = TypeVar("ModuleT", bound=nn.Module)


def load_state(module: ModuleT, state: Mapping[str, Tensor], name: str) -> ModuleT:
    """Fills `module` with `state`, the content of the file `name`, and returns it.

    Raises:
        CheckpointError: if a tensor is missing, left over, of another shape, or holds NaN.
    """
    check_state(module, state, name)
    check_finite(state, name)
    module.load_state_dict(state)
    return module


def check_state(module: nn.Module, state: Mapping[str, Tensor], name: str) -> None:
    """Checks that `state`, the content of the file `name`, fits `module`.

    Raises:
        CheckpointError: if a tensor is missing, left over, or of another shape.
    """
    own = module.state_dict()
    missing = sorted(own.keys() - state.keys())
    extra = sorted(state.keys() - own.keys())
    if missing or extra:
        raise CheckpointError(
            f"{name} does not fit a {type(module).__name__}: "
            + "; ".join(_listed("missing", missing) + _listed("unknown", extra))
            + "."
        )
    for key, tensor in own.items():
        if tensor.shape != state[key].shape:
            raise CheckpointError(
                f"{name}: {key} has shape {list(state[key].shape)}, expected {list(tensor.shape)}."
            )


def check_finite(state: Mapping[str, Tensor], name: str) -> None:
    """Refuses weights of the file `name` that are not numbers: every output would be NaN.

    Raises:
        CheckpointError: naming the first such tensor.
    """
    for key, tensor in state.items():
        if not tensor.is_meta and not tensor.isfinite().all():
            raise CheckpointError(
                f"{name}: tensor {key} holds NaN or infinity: the training that made it went wrong."
            )


def _listed(what: str, keys: list[str]) -> list[str]:
    more = ", ..." if len(keys) > 3 else ""
    return [f"{len(keys)} tensors are {what} ({', '.join(keys[:3])}{more})"] if keys else []
