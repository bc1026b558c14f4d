"""Walks through latent space, for videos."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from ..base.errors import ShapeError
from ..base.shapes import check_shape


def walk(ws_list: Sequence[Tensor], frames: int, *, loop: bool = False) -> Iterator[Tensor]:
    """Goes in a straight line from each W+ to the next, in equal times.

    Args:
        ws_list: where to pass through, `[1, num_ws, w_dim]` each.
        frames: number of pictures in all.
        loop: go back to the first, whose picture is not shown twice; without it the walk begins at
            the first and ends at the last.

    Returns:
        `[1, num_ws, w_dim]`, `frames` times; one at a time, as a batch of images may be large.

    Raises:
        ShapeError: if there is nothing to pass through, or the sizes differ.
        ValueError: if `frames` is less than 1.
    """
    if not ws_list:
        raise ShapeError("The list of W+", (0,), ("N",), "Give at least one.")
    if frames < 1:
        raise ValueError(f"frames is {frames}, at least 1 is needed.")
    expected = (1, *ws_list[0].shape[1:])
    for index, ws in enumerate(ws_list):
        check_shape(ws, expected, f"ws {index}", "All must be single W+ of one generator.")
    stops = [*ws_list, ws_list[0]] if loop else list(ws_list)
    legs = len(stops) - 1
    return (_at(stops, time) for time in _times(legs, frames, loop))


def _times(legs: int, frames: int, loop: bool) -> Iterator[float]:
    """From 0 to `legs`; a loop stops one step before its end."""
    steps = frames if loop else max(1, frames - 1)
    return (legs * index / steps for index in range(frames))


def _at(stops: Sequence[Tensor], time: float) -> Tensor:
    leg = min(int(time), max(0, len(stops) - 2))
    after = stops[min(leg + 1, len(stops) - 1)]
    return torch.lerp(stops[leg], after, time - leg)
