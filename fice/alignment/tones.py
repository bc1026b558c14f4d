"""Grey pictures for matching: of a workable size, and free of what editors do to colours."""

from __future__ import annotations

from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from ..base.images import Pixels

Grey: TypeAlias = NDArray[np.uint8]
"""`[H, W]`."""

NEIGHBOURHOOD = 6.0  # pixels: standard deviation of what a pixel's tone is told against
FLOOR = 4.0  # grey levels: less contrast is grain and is not raised to that of edges
CONTRAST = 48.0  # grey levels per standard deviation


def reduced(pixels: Pixels, most: int) -> Pixels:
    """`pixels` `[H, W, C]`, or a smaller copy of at most so many pixels."""
    height, width = pixels.shape[:2]
    scale = (most / (height * width)) ** 0.5
    if scale >= 1.0:
        return pixels
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)


def grey(pixels: Pixels) -> Grey:
    """Brightness of `[H, W, 3]` RGB."""
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), np.uint8)


def normalised(tones: Grey) -> Grey:
    """Each pixel against its neighbourhood: the same whatever was done to colours and exposure."""
    values = tones.astype(np.float32)
    mean = cv2.GaussianBlur(values, (0, 0), NEIGHBOURHOOD)
    square = cv2.GaussianBlur(values * values, (0, 0), NEIGHBOURHOOD)
    deviation = np.sqrt(np.maximum(square - mean * mean, 0.0))
    signal = (values - mean) / (deviation + FLOOR)
    return np.asarray(np.clip(128.0 + CONTRAST * signal, 0, 255), np.uint8)
