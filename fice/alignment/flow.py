"""A smooth local warp beside the transform, from the corners that it leaves beside their places."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..base.frame import Size
from .fitting import RAYLEIGH_MEDIAN, TUKEY
from .transform import Points

Floats: TypeAlias = NDArray[np.float64]

CELLS = 12  # of the longer side: finer warps are not smooth, and cannot be told from a new garment
STIFFNESS = 0.01  # against bending, relative to a corner's voice
ROUNDS = 8
WIDE = 1.5  # pixels beside the smooth warp, at first
LEAST_SIGMA = 0.05
ALIKE = 6.0  # see `fitting.ALIKE`
FEWEST = 12


@dataclass(frozen=True, eq=False)
class Flow:
    """A displacement at every place of a photo, by cubic B-splines on a grid.

    Attributes:
        knots: `[rows, columns, 2]`, pixels of the photo at `size`.
        size: height and width of the photo that it was found at.
        covariance: `[knots, knots]` of one axis.
        sigma: how far corners lie beside it, standard deviation in pixels.
    """

    knots: Floats
    size: Size
    covariance: Floats
    sigma: float

    def at(self, places: Points) -> Points:
        """Displacements at `places` `[N, 2]` of the photo at `size`."""
        return _basis(places, self.size) @ self.knots.reshape(-1, 2)

    def expected_error(self, places: Points) -> Floats:
        """Standard deviation of the displacement at `places`, of both axes together, `[N]`."""
        rows = _basis(places, self.size)
        spread = np.einsum("nk,kl,nl->n", rows, self.covariance, rows)
        return np.sqrt(2.0 * np.maximum(spread, 0.0))

    def on_grid(self, rows: Floats, columns: Floats, photo_size: Size) -> NDArray[np.float32]:
        """Displacements in pixels of the photo at `photo_size`, `[len(rows), len(columns), 2]`."""
        scale = np.array([photo_size[1] / self.size[1], photo_size[0] / self.size[0]])
        down = _splines((rows + 0.5) / scale[1] - 0.5, self.size[0], _spacing(self.size))
        across = _splines((columns + 0.5) / scale[0] - 0.5, self.size[1], _spacing(self.size))
        moved = np.einsum("yr,rcd->ycd", down, self.knots)
        return (np.einsum("xc,ycd->yxd", across, moved) * scale).astype(np.float32)


def fit_flow(places: Points, moved: Points, size: Size) -> Flow | None:
    """The smoothest warp that agrees with most corners.

    Penalised splines (Eilers and Marx 1996) with Tukey's weights, so that what moved by itself,
    such as corners of a new garment, does not drag its surroundings along.

    Args:
        places: of corners in the photo, `[N, 2]`.
        moved: how far each lies beside the transform, in pixels of the photo.
        size: height and width of the photo.

    Returns:
        None if there are too few corners.
    """
    if len(places) < FEWEST:
        return None
    basis = _basis(places, size)
    bending = STIFFNESS * _bending(size)
    weights = np.ones(len(places))
    knots = np.zeros((basis.shape[1], 2))
    sigma = WIDE
    for number in range(ROUNDS):
        system = (basis * weights[:, None]).T @ basis + bending
        knots = np.linalg.solve(system, (basis * weights[:, None]).T @ moved)
        away = np.linalg.norm(basis @ knots - moved, axis=1)
        measured = float(np.median(away[weights > 0])) / RAYLEIGH_MEDIAN
        sigma = max(measured, LEAST_SIGMA)
        wide = max(sigma, WIDE / 2**number)
        weights = np.clip(1.0 - (away / (TUKEY * wide)) ** 2, 0.0, None) ** 2
        if float(weights.sum()) < FEWEST:
            return None
    system = (basis * weights[:, None]).T @ basis + bending
    covariance = np.linalg.inv(system) * sigma**2 * ALIKE
    rows, columns = _knots(size)
    return Flow(knots.reshape(rows, columns, 2), size, covariance, sigma)


def _spacing(size: Size) -> float:
    return max(size) / CELLS


def _knots(size: Size) -> tuple[int, int]:
    rows, columns = (int(np.ceil(side / _spacing(size))) + 3 for side in size)
    return rows, columns


def _basis(places: Points, size: Size) -> Floats:
    """The splines' values, `[N, knots]`."""
    across = _splines(places[:, 0], size[1], _spacing(size))
    down = _splines(places[:, 1], size[0], _spacing(size))
    return np.einsum("nr,nc->nrc", down, across).reshape(len(places), -1)


def _splines(places: Floats, side: int, spacing: float) -> Floats:
    """Values of the uniform cubic B-splines of one axis, `[N, knots]`."""
    count = int(np.ceil(side / spacing)) + 3
    away = np.abs(places[:, None] / spacing - (np.arange(count) - 1.0))
    near = 2.0 / 3.0 - away**2 + away**3 / 2.0
    far = np.clip(2.0 - away, 0.0, None) ** 3 / 6.0
    return np.where(away < 1.0, near, far)


def _bending(size: Size) -> Floats:
    """Sum of squared second differences, `[knots, knots]`."""
    rows, columns = _knots(size)
    whole = np.concatenate(
        [
            np.kron(_second(rows), np.eye(columns)),
            np.kron(np.eye(rows), _second(columns)),
            np.sqrt(2.0) * np.kron(_first(rows), _first(columns)),
        ]
    )
    # A trace of a pull towards no warp keeps corners of the picture that nothing speaks for.
    return whole.T @ whole + 1e-3 * np.eye(rows * columns)


def _first(count: int) -> Floats:
    return np.diff(np.eye(count), axis=0)


def _second(count: int) -> Floats:
    return np.diff(np.eye(count), n=2, axis=0)
