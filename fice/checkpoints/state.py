"""Tensors into a network, with an error that says which do not fit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

import torch
from torch import Tensor, nn

from ..base.errors import CheckpointError

ModuleT = TypeVar("ModuleT", bound=nn.Module)


def load_state(module: ModuleT, state: dict[str, Tensor], name: str) -> ModuleT:
    """Fills `module` with `state`, the content of the file `name`, and returns it.

    The tensors become the module's own where their type allows it: no copy is made. Others are
    converted in `state` itself, one after the other, so that a file in half precision is never
    beside the whole of what it becomes.

    Raises:
        CheckpointError: if a tensor is missing, left over, of another shape, or holds NaN.
    """
    check_state(module, state, name)
    check_finite(state, name)
    own = {key: tensor.dtype for key, tensor in module.state_dict().items()}
    with torch.inference_mode(False):
        for key in state:
            state[key] = _moved(state[key], own[key])
        module.load_state_dict(state, assign=True)
    return module


def _moved(tensor: Tensor, dtype: torch.dtype) -> Tensor:
    """`tensor` as `dtype`; a copy only if it has to be, as for the tensors of inference mode."""
    moved = tensor.detach().to(dtype).contiguous()
    return moved.clone() if moved.is_inference() else moved


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


def check_finite(state: Mapping[str, Tensor], name: str = "") -> None:
    """Refuses weights (of the file `name`) that are not numbers: every output would be NaN.

    Raises:
        CheckpointError: naming the first such tensor.
    """
    for key, tensor in state.items():
        # A sum that is a number has numbers as terms, and takes no memory.
        certain = tensor.is_meta or tensor.sum().isfinite()
        if not certain and not tensor.isfinite().all():
            raise CheckpointError(
                f"{name}{': ' if name else ''}tensor {key} holds NaN or infinity: the training "
                "that made it went wrong."
            )


def _listed(what: str, keys: list[str]) -> list[str]:
    more = ", ..." if len(keys) > 3 else ""
    return [f"{len(keys)} tensors are {what} ({', '.join(keys[:3])}{more})"] if keys else []
