"""Where edited pictures lie on their photos, laid back there and in the photos' colours."""

from __future__ import annotations

from .align import Alignment, find_alignment, find_alignment_of_all
from .change_map import change_map
from .colour import Cast, CastModel, measure_cast, without_cast
from .flow import Flow
from .laying import lay
from .transform import Transform

__all__ = [
    "Alignment",
    "Cast",
    "CastModel",
    "Flow",
    "Transform",
    "change_map",
    "find_alignment",
    "find_alignment_of_all",
    "lay",
    "measure_cast",
    "without_cast",
]
