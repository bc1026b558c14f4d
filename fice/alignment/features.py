"""A first transform from features that both pictures show (SIFT, Lowe 2004) and RANSAC."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from .tones import Grey
from .transform import Matrix, Points

MOST_FEATURES = 3000
LEAST_CONTRAST = 0.015  # plain backdrops have few strong features
RATIO = 0.8  # of the nearest to the second nearest descriptor
FARTHEST = 2.5  # pixels from where the transform says
TRIALS = 4000
FEWEST = 8  # matches that agree
ZOOMS = (0.4, 2.5)  # beyond which no editor goes
MOST_ROTATION = 0.35  # radians


def match_features(photo: Grey, edited: Grey, mask: Grey | None) -> Matrix | None:
    """The affine map that most features agree on; None if too few do.

    Args:
        photo: `[H, W]`.
        edited: likewise, of any size.
        mask: of the photo, 0 where it may have changed and is not looked at.
    """
    sift = cv2.SIFT.create(MOST_FEATURES, contrastThreshold=LEAST_CONTRAST)
    old_points, old = sift.detectAndCompute(photo, mask)
    new_points, new = sift.detectAndCompute(edited, None)
    if min(len(old_points), len(new_points)) < FEWEST:
        return None
    pairs = cv2.BFMatcher(cv2.NORM_L2).knnMatch(old, new, k=2)
    good = [two[0] for two in pairs if len(two) == 2 and two[0].distance < RATIO * two[1].distance]
    if len(good) < FEWEST:
        return None
    source = np.array([old_points[one.queryIdx].pt for one in good])
    target = np.array([new_points[one.trainIdx].pt for one in good])
    return _agreed(source, target)


def _agreed(source: Points, target: Points) -> Matrix | None:
    """A similarity first: it takes two matches, so that few good ones among many bad suffice."""
    start, agree = _ransac(cv2.estimateAffinePartial2D, source, target, 2 * FARTHEST)
    if start is None:
        return None
    finer, _ = _ransac(cv2.estimateAffine2D, source[agree], target[agree], FARTHEST)
    return start if finer is None else finer


def _ransac(
    estimate: Callable[..., Any], source: Points, target: Points, within: float
) -> tuple[Matrix | None, NDArray[np.bool_]]:
    matrix, agree = estimate(
        source, target, method=cv2.RANSAC, ransacReprojThreshold=within, maxIters=TRIALS
    )
    if matrix is None or int(agree.sum()) < FEWEST:
        return None, np.zeros(len(source), bool)
    return np.asarray(matrix, np.float64), np.asarray(agree).ravel() > 0


def is_plausible(matrix: Matrix) -> bool:
    """Whether an editor may have done it, as seen at the size of the photo."""
    linear = matrix[:, :2]
    across, down = (float(np.linalg.norm(linear[:, i])) for i in (0, 1))
    if min(across, down) < ZOOMS[0] or max(across, down) > ZOOMS[1]:
        return False
    turned = np.arctan2(linear[1, 0] - linear[0, 1], linear[0, 0] + linear[1, 1])
    skew = abs(float(linear[:, 0] @ linear[:, 1])) / (across * down)
    return bool(abs(turned) < MOST_ROTATION and skew < 0.2 and np.linalg.det(linear) > 0)
