"""Libraries that only an evaluation needs: imported when they are used."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

from ...base.errors import FiceError

EXTRA = "fice-nodes[evaluation]"


def require(module: str, purpose: str) -> ModuleType:
    """Imports `module`.

    Args:
        module: its full name, e.g. `pyarrow.parquet`.
        purpose: what it is needed for, as the start of a sentence.

    Raises:
        FiceError: if it is not installed.
    """
    try:
        return import_module(module)
    except ImportError:
        package = module.partition(".")[0]
        raise FiceError(
            f"{purpose} needs the package {package}, which is not installed; "
            f"`pip install '{EXTRA}'` brings it."
        ) from None
