"""Names the colour of a garment from its pixels, without any network."""

from __future__ import annotations

import cv2
import numpy as np

from ...demo.world.arrays import BoolArray, FloatArray
from ...demo.world.palette import COLOUR_NAMES, nearest_colours
from ...demo.world.patterns import PATTERN_NAMES, pattern_alphas

RIM = 2  # pixels of the outline that mix with what lies behind
ENOUGH = 50  # pixels


def garment_colour(image: FloatArray, garment: BoolArray, pattern: str) -> str | None:
    """The palette colour that most pixels of the garment's ground have.

    Args:
        image: `[S, S, 3]` RGB in [0, 1].
        garment: `[S, S]`, the pixels of the garment.
        pattern: what the garment shows, of `PATTERN_NAMES`; its pixels are left out, for a checked
            garment is mostly not of its own colour.

    Returns:
        A name of `COLOUR_NAMES`, or None if there is no garment.
    """
    chosen = garment
    kernel = np.ones((2 * RIM + 1, 2 * RIM + 1), np.uint8)
    narrower = [cv2.erode(garment.astype(np.uint8), kernel).astype(bool)]
    if pattern != "solid":
        alpha = pattern_alphas(len(image))[PATTERN_NAMES.index(pattern) - 1]
        narrower.append(alpha < 0.1)
    for limit in narrower:
        if (chosen & limit).sum() > ENOUGH:
            chosen = chosen & limit
    if not chosen.any():
        return None
    names, _ = nearest_colours(image[chosen])
    return COLOUR_NAMES[int(np.bincount(names, minlength=len(COLOUR_NAMES)).argmax())]
