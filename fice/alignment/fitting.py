"""The transform that agrees with most corners, and how sure it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from .transform import Matrix, Points, apply

Floats: TypeAlias = NDArray[np.float64]

ROUNDS = 30
FEWEST_ROUNDS = 9
SETTLED = 1e-5  # pixels
TUKEY = 4.685  # standard deviations beyond which a corner counts nothing
RAYLEIGH_MEDIAN = 1.1774  # of a distance in the plane, in deviations per axis
LEAST_SIGMA = 0.01  # pixels: nothing is known better
WIDE = 3.0  # pixels: the first round looks so far around
ALIKE = 6.0  # corners that see the same edge err alike; so many count as one
FEWEST = 6


@dataclass(frozen=True, eq=False)
class Fit:
    """A transform and what it rests on.

    Attributes:
        matrix: `[2, 3]`.
        model: one of `MODELS`.
        covariance: `[k, k]` of the model's parameters.
        weights: of each corner, `[N]`, 0 to 1.
        sigma: how far the corners that count lie beside it, standard deviation in pixels.
    """

    matrix: Matrix
    model: str
    covariance: Floats
    weights: Floats
    sigma: float

    def expected_error(self, places: Points) -> Floats:
        """Standard deviation of where `places` `[N, 2]` lie, in pixels, `[N]`."""
        rows = MODELS[self.model](places)
        spread = np.einsum("nik,kl,nil->n", rows, self.covariance, rows)
        return np.sqrt(np.maximum(spread, 0.0))


def fit(
    source: Points, target: Points, start: Matrix, tolerance: float = LEAST_SIGMA
) -> Fit | None:
    """The model that the data ask for: a similarity, a zoom for each axis, or an affine map.

    Iteratively reweighted least squares with Tukey's weights; the models are weighed by the
    Bayesian information criterion (Schwarz 1978), since fewer parameters are surer where there are
    no corners.

    Args:
        source: places in the photo, `[N, 2]`.
        target: in the edited picture.
        start: a first guess.
        tolerance: pixels that corners may lie beside the transform anyway, as a local warp moves
            them.

    Returns:
        None if too few corners agree.
    """
    if len(source) < FEWEST:
        return None
    found = [_fit(source, target, start, model, tolerance) for model in MODELS]
    return min((one for one in found if one is not None), key=_criterion, default=None)


def _similarity(places: Points) -> Floats:
    x, y, one, zero = _columns(places)
    return np.stack([np.stack([x, -y, one, zero], 1), np.stack([y, x, zero, one], 1)], axis=1)


def _zooms(places: Points) -> Floats:
    x, y, one, zero = _columns(places)
    return np.stack([np.stack([x, zero, one, zero], 1), np.stack([zero, y, zero, one], 1)], axis=1)


def _affine(places: Points) -> Floats:
    x, y, one, zero = _columns(places)
    across = np.stack([x, y, one, zero, zero, zero], 1)
    down = np.stack([zero, zero, zero, x, y, one], 1)
    return np.stack([across, down], axis=1)


def _columns(places: Points) -> tuple[Floats, Floats, Floats, Floats]:
    x, y = places[:, 0], places[:, 1]
    return x, y, np.ones_like(x), np.zeros_like(x)


MODELS: Mapping[str, Callable[[Points], Floats]] = MappingProxyType(
    {"similarity": _similarity, "zooms": _zooms, "affine": _affine}
)
"""Rows of the linear systems, `[N, 2, k]`, by the name of the model."""


def _fit(source: Points, target: Points, start: Matrix, model: str, tolerance: float) -> Fit | None:
    rows = MODELS[model](source)
    count = rows.shape[-1]
    matrix, weights = start, np.ones(len(source))
    for number in range(ROUNDS):
        away = _away(matrix, source, target)
        sigma = max(_sigma(away, weights), WIDE / 2**number, tolerance)
        weights = np.clip(1.0 - (away / (TUKEY * sigma)) ** 2, 0.0, None) ** 2
        if float(weights.sum()) < FEWEST:
            return None
        root = np.sqrt(weights)[:, None]
        system, wanted = (rows * root[..., None]).reshape(-1, count), (target * root).reshape(-1)
        moved = _matrix(model, _solved(system, wanted))
        step = float(np.abs(apply(moved, source) - apply(matrix, source)).max())
        matrix = moved
        if step < SETTLED and number >= FEWEST_ROUNDS:
            break
    sigma = max(_sigma(_away(matrix, source, target), weights), LEAST_SIGMA)
    information = np.einsum("n,nik,nil->kl", weights, rows, rows)
    covariance = np.linalg.pinv(information, hermitian=True) * sigma**2 * ALIKE
    return Fit(matrix, model, covariance, weights, sigma)


def _solved(system: Floats, wanted: Floats) -> Floats:
    return np.asarray(np.linalg.lstsq(system, wanted, rcond=None)[0], np.float64)


def _matrix(model: str, found: Floats) -> Matrix:
    """What the parameters say, from the images of the origin and the unit vectors."""
    ends = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    origin, across, down = MODELS[model](ends) @ found
    return np.stack([across - origin, down - origin, origin], axis=1)


def _away(matrix: Matrix, source: Points, target: Points) -> Floats:
    return np.asarray(np.linalg.norm(apply(matrix, source) - target, axis=1))


def _sigma(away: Floats, weights: Floats) -> float:
    """Standard deviation per axis of the distances that count."""
    counted = away[weights > 0]
    return float(np.median(counted)) / RAYLEIGH_MEDIAN if len(counted) else WIDE


def _criterion(found: Fit) -> float:
    count = max(2.0, 2.0 * float((found.weights > 0).sum()) / ALIKE)
    return float(count * np.log(found.sigma**2) + len(found.covariance) * np.log(count))
