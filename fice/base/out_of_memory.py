"""What a device says that has no memory left, and how it gets back what nobody uses."""

from __future__ import annotations

import torch

# Devices without an error of their own raise a RuntimeError that says one of these.
SAID = ("out of memory", "not enough memory", "can't allocate memory")


def is_out_of_memory(error: RuntimeError) -> bool:
    """Whether `error` says that a device has no memory left."""
    said = str(error).lower()
    return isinstance(error, torch.OutOfMemoryError) or any(words in said for words in SAID)


def release(device: torch.device) -> None:
    """Gives what is cached but unused back, so that it can be had in other pieces.

    An error holds on to the tensors of all functions that it came through: only after its `except`
    is their memory free.
    """
    if device.type == "cuda":
        torch.cuda.empty_cache()
    elif device.type == "xpu":
        torch.xpu.empty_cache()
    elif device.type == "mps":
        torch.mps.empty_cache()
