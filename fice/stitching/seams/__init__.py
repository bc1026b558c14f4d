"""How a generated picture and a photo meet: methods, and a figure for how visible a seam is."""

from __future__ import annotations

from .gradient import seam_gradient
from .joining import DEFAULT_SEAM, PAPER_SEAM, SEAM_METHODS, SeamMethod, join

__all__ = ["DEFAULT_SEAM", "PAPER_SEAM", "SEAM_METHODS", "SeamMethod", "join", "seam_gradient"]
