"""FICE: edit the garment on a photo of a person with words.

The names below are imported on first use, so that `import fice` takes no time.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .errors import FiceError
    from .images import read_image, write_image
    from .inversion import PAPER, TUNED, InversionConfig, LossWeights, Recipe, StartSearch
    from .models import ModelSet, load_models
    from .pipeline import EditResult, edit

__all__ = [
    "PAPER",
    "TUNED",
    "EditResult",
    "FiceError",
    "InversionConfig",
    "LossWeights",
    "ModelSet",
    "Recipe",
    "StartSearch",
    "edit",
    "load_models",
    "read_image",
    "write_image",
]

_HOMES = {
    "PAPER": "inversion",
    "TUNED": "inversion",
    "EditResult": "pipeline",
    "FiceError": "errors",
    "InversionConfig": "inversion",
    "LossWeights": "inversion",
    "ModelSet": "models",
    "Recipe": "inversion",
    "StartSearch": "inversion",
    "edit": "pipeline",
    "load_models": "models",
    "read_image": "images",
    "write_image": "images",
}


def __getattr__(name: str) -> object:
    """Imports a public name from its module (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    # By `__name__`, since a host may have loaded the package under another name.
    value: object = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
