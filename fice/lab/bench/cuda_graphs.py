"""What CUDA graphs would win: each network forwards and backwards, eagerly and as a graph."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import torch
from torch import Tensor

from ...base.types import JsonValue
from ...pipeline.models import ModelSet
from .clock import repeated
from .loop import network_calls, random_start

Figures = dict[str, JsonValue]


def gains_of_graphs(models: ModelSet, device: torch.device, repeats: int) -> Figures:
    """Milliseconds of each network eagerly and as a CUDA graph, for one image; CUDA only."""
    if device.type != "cuda":
        return {}
    image, ws = random_start(models, 1, device)
    found: Figures = {}
    for name, call in network_calls(models).items():
        given = (ws if name == "synthesis" else image).detach().clone().requires_grad_()
        found[f"{name}, eager ms"] = _milliseconds(call, given, device, repeats)
        try:
            # It records forward and backward pass, so it needs fixed sizes and no waits.
            recorded = torch.cuda.make_graphed_callables(call, (given,))
            graph = cast("Callable[[Tensor], Tensor]", recorded)
            found[f"{name}, graph ms"] = _milliseconds(graph, given, device, repeats)
        except RuntimeError as error:
            found[f"{name}, graph ms"] = f"cannot be recorded: {str(error).splitlines()[0][:80]}"
    return found


def _milliseconds(
    call: Callable[[Tensor], Tensor], given: Tensor, device: torch.device, repeats: int
) -> float:
    leaf = given.detach().clone().requires_grad_()
    direction = torch.ones_like(call(leaf).detach())

    def both() -> None:
        torch.autograd.grad(call(leaf), leaf, direction)

    return 1000 * repeated(both, device, repeats).wall
