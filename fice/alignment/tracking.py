"""Corners of the photo found in the edited picture, to hundredths of a pixel (Lucas, Kanade)."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from .tones import Grey, normalised
from .transform import Matrix, Points, apply, inverse

MOST_CORNERS = 1500
QUALITY = 0.003  # of the strongest corner
APART = 5  # pixels
WINDOW = (21, 21)
LEVELS = 3
STEPS = (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, 40, 0.003)
RETURNS = 0.3  # pixels that the way there and back may miss its start by
LEAST_EIGENVALUE = 1e-3
RIM = 12  # pixels at the border of what the edit shows: windows beyond it see nothing


@dataclass(frozen=True, eq=False)
class Tracks:
    """Where corners of the photo were found.

    Attributes:
        photo: `[N, 2]`, their places in the photo.
        edited: `[N, 2]`, in the edited picture.
        tried: how many corners were looked for.
    """

    photo: Points
    edited: Points
    tried: int


def warp_grey(edited: Grey, matrix: Matrix, size: tuple[int, int]) -> tuple[Grey, Grey]:
    """`edited` laid on a photo of `size` (height, width), and 255 where it shows anything."""
    height, width = size
    options = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    laid = cv2.warpAffine(
        edited, matrix, (width, height), flags=options, borderMode=cv2.BORDER_REPLICATE
    )
    full = np.full(edited.shape, 255, np.uint8)
    flags = cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP
    shown = cv2.warpAffine(full, matrix, (width, height), flags=flags)
    return np.asarray(laid, np.uint8), np.asarray(shown, np.uint8)


def track(
    photo: Grey, edited: Grey, matrix: Matrix, mask: Grey | None, most: int = MOST_CORNERS
) -> Tracks:
    """Looks for corners of the photo near where `matrix` says.

    Args:
        photo: `[H, W]`.
        edited: likewise, of any size.
        matrix: a first guess, pixels of `photo` to those of `edited`.
        mask: of the photo, 0 where it may have changed.
        most: corners.
    """
    laid, shown = warp_grey(edited, matrix, (photo.shape[0], photo.shape[1]))
    inside = cv2.erode(shown, np.ones((2 * RIM + 1, 2 * RIM + 1), np.uint8))
    where = np.asarray(inside if mask is None else cv2.min(inside, mask), np.uint8)
    corners = cv2.goodFeaturesToTrack(photo, most, QUALITY, APART, mask=where, blockSize=7)
    if corners is None:  # pyright: ignore[reportUnnecessaryComparison] - if there are none
        return Tracks(np.zeros((0, 2)), np.zeros((0, 2)), 0)
    start = np.asarray(corners, np.float32)
    old, new = normalised(photo), normalised(laid)
    there, found = _flow(old, new, start, start)
    back, returned = _flow(new, old, there, start)
    missed = np.linalg.norm((back - start)[:, 0], axis=1)
    good = found & returned & (missed < RETURNS)
    source = start[good, 0].astype(np.float64)
    target = there[good, 0].astype(np.float64)
    return Tracks(source, apply(matrix, target), len(start))


def _flow(
    old: Grey, new: Grey, places: np.ndarray, guess: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    moved, found, _ = cv2.calcOpticalFlowPyrLK(
        old,
        new,
        places,
        guess.copy(),
        winSize=WINDOW,
        maxLevel=LEVELS,
        criteria=STEPS,
        flags=cv2.OPTFLOW_USE_INITIAL_FLOW,
        minEigThreshold=LEAST_EIGENVALUE,
    )
    return moved, found.ravel() > 0


def laid_back(tracks: Tracks, matrix: Matrix) -> Points:
    """How far each corner lies beside where `matrix` says, in pixels of the photo, `[N, 2]`."""
    return apply(inverse(matrix), tracks.edited) - tracks.photo
