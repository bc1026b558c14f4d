"""The terms of the objective: one file each, a pure function and a term bound to its target.

To add a term, write `fice/guidance/losses/<name>.py` and add a line to `LOSS_TERMS`; a contract
test runs over the table.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from ..terms import LossTerm
from ._views import Views
from .body_shape import BodyShapeTerm
from .clip import ClipTerm
from .clip_away import ClipAwayTerm
from .clip_direction import ClipDirectionTerm
from .head_shape import HeadShapeTerm
from .image import ImageTerm
from .start_prior import StartPriorTerm
from .w_delta import WDeltaTerm
from .w_prior import WPriorTerm

LOSS_TERMS: Mapping[str, Callable[..., LossTerm]] = MappingProxyType(
    {
        "clip": ClipTerm,
        "image": ImageTerm,
        "body_shape": BodyShapeTerm,
        "head_shape": HeadShapeTerm,
        "w_delta": WDeltaTerm,
        "w_prior": WPriorTerm,
        "start_prior": StartPriorTerm,
        "clip_away": ClipAwayTerm,
        "clip_direction": ClipDirectionTerm,
    }
)
"""Name of each term, which is also its file, and how to bind it to a target."""

__all__ = [
    "LOSS_TERMS",
    "BodyShapeTerm",
    "ClipAwayTerm",
    "ClipDirectionTerm",
    "ClipTerm",
    "HeadShapeTerm",
    "ImageTerm",
    "StartPriorTerm",
    "Views",
    "WDeltaTerm",
    "WPriorTerm",
]
