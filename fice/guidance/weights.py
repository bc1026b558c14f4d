"""Factors of the terms, and what the terms look at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .losses.image import Normalise

KeptPixels = Literal["outside_body", "outside_garment", "outside_both_garments"]


@dataclass(frozen=True)
class LossWeights:
    """Factor of each term; 0 leaves a term out. The defaults are FICE's."""

    clip: float = 1.0
    image: float = 30.0
    body_shape: float = 10.0
    head_shape: float = 1.0
    w_delta: float = 1.0
    w_prior: float = 0.0
    start_prior: float = 0.0


@dataclass(frozen=True)
class Looks:
    """At which pixels the terms look, and how often. The defaults are FICE's.

    Attributes:
        keep: which pixels the image term holds on to. `outside_garment` also keeps skin and
            trousers, and so the length of the sleeves; `outside_both_garments` leaves free what
            the garment covers before or after.
        normalise: see `fice.guidance.losses.image.masked_square_error`.
        shape_every: steps between two looks at body chart and head outline, the two expensive
            terms.
    """

    keep: KeptPixels = "outside_body"
    normalise: Normalise = "pixels"
    shape_every: int = 1


FICE_LOOKS = Looks()
