"""What is done when a device has no memory left: fewer images at once, then recomputing."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TypeVar

import torch

from ..base.errors import DeviceError
from .memory import free_bytes

T = TypeVar("T")

# Devices without an error of their own raise a RuntimeError that says one of these.
SAID = ("out of memory", "not enough memory", "can't allocate memory")


class TooLargeError(DeviceError, torch.OutOfMemoryError):
    """Not even one image fits; for a host it is the out of memory that it knows."""


def in_groups(
    take: Callable[[slice, bool], T], images: int, at_once: int, device: torch.device
) -> list[T]:
    """Takes all images, in groups that are halved as often as the device has too little memory.

    Args:
        take: takes some images, recomputing instead of keeping if it is told so.
        images: how many there are.
        at_once: how many to begin with.
        device: where.

    Raises:
        TooLargeError: if one image does not fit though it is recomputed.
    """
    taken: list[T] = []
    first, recompute = 0, False
    while first < images:
        group = slice(first, min(first + at_once, images))
        try:
            taken.append(take(group, recompute))
        except RuntimeError as error:
            if not is_out_of_memory(error):
                raise
            if at_once == 1 and recompute:
                raise _too_large(device) from None
        else:
            first = group.stop
            continue
        # Only here, when the error is gone, is its memory free.
        release(device)
        if at_once > 1:
            at_once = -(-at_once // 2)
            logging.warning("%s is out of memory; going on with %d at once.", device, at_once)
        else:
            recompute = True
            logging.warning("%s is out of memory; going on with less of it for more time.", device)
    return taken


def is_out_of_memory(error: RuntimeError) -> bool:
    """Whether `error` says that a device has no memory left."""
    said = str(error).lower()
    return isinstance(error, torch.OutOfMemoryError) or any(words in said for words in SAID)


def release(device: torch.device) -> None:
    """Gives what is cached but unused back, so that it can be had in other pieces."""
    if device.type == "cuda":
        torch.cuda.empty_cache()
    elif device.type == "xpu":
        torch.xpu.empty_cache()
    elif device.type == "mps":
        torch.mps.empty_cache()


def _too_large(device: torch.device) -> TooLargeError:
    free = free_bytes(device)
    left = "" if free is None else f" that were left, {free / 2**30:.1f} GiB"
    return TooLargeError(
        f"Not even one image fits into the memory of {device}{left}, though as little as possible "
        "was kept. Close other programs that use it, take bfloat16 or fewer views of CLIP, a "
        "smaller generator, or the device cpu."
    )
