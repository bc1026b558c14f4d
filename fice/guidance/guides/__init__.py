"""What an edit is drawn to beside its text: more texts, directions, pictures. Not part of FICE.

To add a kind, write `fice/guidance/guides/<name>.py` with a frozen class that has `bind`.
"""

from __future__ import annotations

from .binding import bind_guides
from .direction import DirectionGuide
from .guide import Guide
from .picture import PictureGuide
from .text import TextGuide

__all__ = ["DirectionGuide", "Guide", "PictureGuide", "TextGuide", "bind_guides"]
