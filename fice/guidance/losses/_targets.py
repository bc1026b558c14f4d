"""What every term checks about its target before it compares."""

from __future__ import annotations

from torch import Tensor

from ...base.errors import ShapeError


def check_target(target: Tensor, value: Tensor, what: str) -> Tensor:
    """Returns `target` if it fits `value`: same shape, or a batch of one for all images.

    Raises:
        ShapeError: naming `what` and both shapes.
    """
    expected = tuple(value.shape)
    actual = tuple(target.shape)
    if actual[1:] != expected[1:] or actual[0] not in (1, expected[0]):
        raise ShapeError(f"The target of {what}", actual, expected, "Give one per image, or one.")
    return target
