"""FICE: edit the garment on a photo of a person with words.

The names below are imported on first use, so that `import fice` takes no time.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .base.errors import FiceError
    from .base.images import read_image, write_image
    from .base.photo import Photo
    from .base.photo_reading import read_photo
    from .base.photo_writing import write_photo
    from .guidance.weights import LossWeights
    from .inversion import FAST, PAPER, TUNED, InversionConfig, Recipe, StartSearch
    from .pipeline.edit import EditResult, edit
    from .pipeline.exact import Aligned, TakenGarment, align, colour_to_photo, take_garment
    from .pipeline.models import ModelSet, load_models

__all__ = [
    "FAST",
    "PAPER",
    "TUNED",
    "Aligned",
    "EditResult",
    "FiceError",
    "InversionConfig",
    "LossWeights",
    "ModelSet",
    "Photo",
    "Recipe",
    "StartSearch",
    "TakenGarment",
    "align",
    "colour_to_photo",
    "edit",
    "load_models",
    "read_image",
    "read_photo",
    "take_garment",
    "write_image",
    "write_photo",
]

_HOMES = {
    "FAST": "inversion",
    "PAPER": "inversion",
    "TUNED": "inversion",
    "Aligned": "pipeline.exact",
    "EditResult": "pipeline.edit",
    "FiceError": "base.errors",
    "InversionConfig": "inversion",
    "LossWeights": "guidance.weights",
    "ModelSet": "pipeline.models",
    "Photo": "base.photo",
    "Recipe": "inversion",
    "StartSearch": "inversion",
    "TakenGarment": "pipeline.exact",
    "align": "pipeline.exact",
    "colour_to_photo": "pipeline.exact",
    "edit": "pipeline.edit",
    "load_models": "pipeline.models",
    "read_image": "base.images",
    "read_photo": "base.photo_reading",
    "take_garment": "pipeline.exact",
    "write_image": "base.images",
    "write_photo": "base.photo_writing",
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
