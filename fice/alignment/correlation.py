"""A first transform where features fail: phase correlation over zooms and turns, then ECC.

Phase correlation (Kuglin and Hines 1975) sees the shift of whole pictures; ECC (Evangelidis and
Psarakis 2008) climbs from there. Both look at gradients, which a colour cast leaves alone.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from .tones import Grey
from .transform import Matrix, chained, rescaled

SIDE = 192  # pixels of the longer side: enough to find shifts, and quick
ZOOMS = tuple(float(zoom) for zoom in np.exp(np.linspace(np.log(0.75), np.log(1.35), 19)))
TURNS = (-2.0, 0.0, 2.0)  # degrees
STEPS = (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, 80, 1e-5)
SMOOTHING = 5  # pixels of ECC's own Gaussian

Edges = NDArray[np.float32]


def correlate(photo: Grey, edited: Grey, mask: Grey | None) -> Matrix | None:
    """The affine map under which the edges of both pictures fit best; None if none does.

    Args:
        photo: `[H, W]`.
        edited: likewise, of any size.
        mask: of the photo, 0 where it may have changed.
    """
    height, width = photo.shape
    scale = SIDE / max(height, width)
    size = (max(8, round(width * scale)), max(8, round(height * scale)))
    small, other = (
        np.asarray(cv2.resize(one, size, interpolation=cv2.INTER_AREA), np.uint8)
        for one in (photo, edited)
    )
    seen = None
    if mask is not None:
        seen = np.asarray(cv2.resize(mask, size, interpolation=cv2.INTER_NEAREST), np.uint8)
    old, new = _edges(small), _edges(other)
    start = _best_shift(old, new, seen)
    finer = _climbed(old, new, start, seen)
    if finer is None:
        return None
    to_photo = (size[0] / width, size[1] / height)
    to_edited = (edited.shape[1] / size[0], edited.shape[0] / size[1])
    back = (1.0 / to_photo[0], 1.0 / to_photo[1])
    return rescaled(finer, back, to_edited)


def _best_shift(photo: Edges, edited: Edges, mask: Grey | None) -> Matrix:
    height, width = photo.shape
    window = cv2.createHanningWindow((width, height), cv2.CV_32F)
    seen = photo if mask is None else photo * (mask > 0)
    middle = ((width - 1) / 2, (height - 1) / 2)
    best, most = np.eye(2, 3), -1.0
    for zoom in ZOOMS:
        for turn in TURNS:
            around = np.asarray(cv2.getRotationMatrix2D(middle, turn, zoom), np.float64)
            laid = cv2.warpAffine(
                edited, around, (width, height), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
            )
            (x, y), response = cv2.phaseCorrelate(seen, laid, window)
            if response > most:
                moved = np.array([[1.0, 0.0, x], [0.0, 1.0, y]])
                best, most = chained(moved, around), response
    return best


def _climbed(photo: Edges, edited: Edges, start: Matrix, mask: Grey | None) -> Matrix | None:
    seen = np.full(photo.shape, 255, np.uint8) if mask is None else mask
    first, model = start.astype(np.float32), cv2.MOTION_AFFINE
    try:
        _, found = cv2.findTransformECC(photo, edited, first, model, STEPS, seen, SMOOTHING)
    except cv2.error:  # where nothing correlates
        return None
    return np.asarray(found, np.float64)


def _edges(tones: Grey) -> Edges:
    """Strength of edges; weak ones count, too, as a backdrop has no others."""
    values = cv2.GaussianBlur(tones.astype(np.float32), (0, 0), 1.0)
    across = cv2.Sobel(values, cv2.CV_32F, 1, 0)
    down = cv2.Sobel(values, cv2.CV_32F, 0, 1)
    return np.sqrt(cv2.magnitude(across, down)).astype(np.float32)
