"""Networks on another device."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import fields, is_dataclass
from typing import TypeVar

import torch
from torch import Tensor, nn

NetworkT = TypeVar("NetworkT")


def moved(network: NetworkT, device: torch.device) -> NetworkT:
    """A copy of `network` whose tensors lie on `device`; what lies there already is shared.

    The network itself stays where it is. One that holds no tensors looks wherever an image is, and
    is returned as it is.
    """
    with torch.inference_mode(False):  # else the copies could never take part in a backward pass
        there = {
            id(tensor): _moved(tensor, device)
            for module in _modules(network)
            for tensor in (*module.parameters(), *module.buffers())
        }
    return deepcopy(network, dict[int, object](there)) if there else network


def _moved(tensor: Tensor, device: torch.device) -> Tensor:
    if tensor.device == device:
        return tensor
    copy = tensor.detach().to(device)
    is_parameter = isinstance(tensor, nn.Parameter)
    return nn.Parameter(copy, requires_grad=tensor.requires_grad) if is_parameter else copy


def _modules(network: object) -> Iterator[nn.Module]:
    """The modules that `network` is, or that a value like `BoxedDensePose` holds."""
    if isinstance(network, nn.Module):
        yield network
    elif is_dataclass(network):
        for field in fields(network):
            yield from _modules(getattr(network, field.name))
