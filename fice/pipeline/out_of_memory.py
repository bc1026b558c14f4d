"""What is done when a device has no memory left: fewer images at once, then recomputing."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TypeVar

import torch

from ..base.errors import DeviceError
from ..base.out_of_memory import is_out_of_memory, release
from .memory import free_bytes

T = TypeVar("T")
ONE = "Not even one image, with as little of it kept as can be, fits"


class TooLargeError(DeviceError, torch.OutOfMemoryError):
    """Not even one image fits; for a host it is the out of memory that it knows."""


def in_groups(
    take: Callable[[slice, bool], T],
    images: int,
    at_once: int,
    device: torch.device,
    advice: Callable[[], str] = str,
) -> list[T]:
    """Takes all images, in groups that are halved as often as the device has too little memory.

    Args:
        take: takes some images, recomputing instead of keeping if it is told so.
        images: how many there are.
        at_once: how many to begin with.
        device: where.
        advice: what would fit, in a sentence, asked for where nothing did.

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
        else:
            first = group.stop
            continue
        # Only here, when the error is gone, is its memory free.
        release(device)
        if at_once > 1:
            at_once = -(-at_once // 2)
            logging.warning("%s is out of memory; going on with %d at once.", device, at_once)
        elif not recompute:
            recompute = True
            logging.warning("%s is out of memory; going on with less of it for more time.", device)
        else:
            raise too_large(device, ONE, advice())
    return taken


def fits(call: Callable[[], T], device: torch.device) -> T | None:
    """What `call` returns; None if it runs out of memory."""
    try:
        return call()
    except RuntimeError as error:
        if not is_out_of_memory(error):
            raise
    release(device)
    return None


def what_fits(views: int, trial: Callable[[int], int], device: torch.device) -> str:
    """How many views of CLIP fit where one image with `views` of them does not, tried by halving.

    Args:
        views: of each image in each step.
        trial: takes one image a step with some views, and tells the most bytes that it took.
        device: where.
    """
    tried: list[int] = []
    while views > 1:
        views //= 2
        taken = fits(lambda few=views: trial(few), device)
        if taken is not None:
            return f"With {_views(views)} it fits: that takes {gibibytes(taken)}."
        tried.append(views)
    return f"With {_views(tried[-1])} it does not fit either." if tried else ""


def too_large(device: torch.device, what: str, advice: str = "") -> TooLargeError:
    """The error that says so.

    Args:
        device: where.
        what: what does not fit, as the first words of the sentence.
        advice: what would fit, in a sentence.
    """
    free = free_bytes(device)
    left = "" if free is None else f", of which {gibibytes(free)} are free"
    tips = (
        "Close other programs that use it, take bfloat16 or fewer views of CLIP, a smaller "
        "generator, or the device cpu."
    )
    parts = (f"{what} into the memory of {device}{left}.", advice, tips)
    return TooLargeError(" ".join(part for part in parts if part))


def gibibytes(count: int) -> str:
    """A number of bytes as people say it."""
    return f"{count / 2**30:.1f} GiB" if count >= 0.1 * 2**30 else f"{count / 2**20:.1f} MiB"


def _views(count: int) -> str:
    return "one view of CLIP" if count == 1 else f"{count} views of CLIP"
