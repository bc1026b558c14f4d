"""Where networks compute: the devices of this machine, by name."""

from __future__ import annotations

from collections.abc import Iterator
from types import ModuleType
from typing import cast

import torch

from ..base.errors import DeviceError

AUTO = "auto"


def find_device(name: str = AUTO) -> torch.device:
    """The device of a name, or the best there is.

    Args:
        name: `cpu`, `cuda`, `cuda:1`, `mps`, `xpu`, ..., or `auto`, which takes a card of NVIDIA
            or AMD, else an Apple or Intel GPU, else the processor.

    Raises:
        DeviceError: if this machine has no such device.
    """
    here = list(_devices())
    if name == AUTO:
        return here[0]
    wanted = name if ":" in name or name in ("cpu", "mps") else f"{name}:0"
    found = next((device for device in here if str(device) == wanted), None)
    if found is None:
        others = ", ".join(dict.fromkeys(str(device) for device in here))
        raise DeviceError(
            f"There is no device {name!r} here: torch {torch.__version__} finds {others}; name one "
            f"of these, or `{AUTO}`."
        )
    return found


def _devices() -> Iterator[torch.device]:
    """All devices of this machine, the quickest first."""
    for kind in ("cuda", "mps", "xpu"):
        yield from _of_kind(kind)
    yield torch.device("cpu")


def _of_kind(kind: str) -> Iterator[torch.device]:
    if kind == "mps":
        if torch.backends.mps.is_available():
            yield torch.device("mps")
        return
    backend = cast("ModuleType | None", getattr(torch, kind, None))
    if backend is not None and backend.is_available():
        yield from (torch.device(kind, index) for index in range(backend.device_count()))
