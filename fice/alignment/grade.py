"""What editors do to the colours of a whole picture, undone: a robust fit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from .oklab import oklab_slopes, to_oklab

Floats: TypeAlias = NDArray[np.float64]

GAIN, GAMMA, GAMMA_EACH, OFFSET, SATURATION, CROSS = 0.15, 0.15, 0.05, 0.03, 0.15, 0.02
PRIORS = (*(GAIN,) * 3, GAMMA, *(GAMMA_EACH,) * 3, *(OFFSET,) * 3, SATURATION, *(CROSS,) * 6)
"""What casts are like: deviations of each parameter. A scene of few colours says little of some."""
GAINS, SHARED, EACH, OFFSETS, CHROMA = slice(0, 3), 3, slice(4, 7), slice(7, 10), 10
MISFIT = 0.02  # of Oklab: so far a real cast is from this model
PIXELS = 300  # that many independent ones a picture has: neighbours say the same
MOST = 13_000  # colours looked at: more say the same
ROUNDS = 10
LARGEST_STEP = 0.3
TUKEY = 4.685
MAXWELL_MEDIAN = 1.5382  # of a distance in space, in deviations per axis
LEAST_SIGMA = 0.0026  # of Oklab's lightness 0 to 1
DARKEST = 1e-3  # a power of nothing has no slope

_ASIDE = ~np.eye(3, dtype=bool)
_COLOUR = np.eye(3) - 1.0 / 3.0


@dataclass(frozen=True, eq=False)
class Grade:
    """Saturation and a little mixing of channels, then gain, gamma and offset of each.

    All on sRGB as it is stored, as the sliders of photo editors work.

    Attributes:
        matrix: `[3, 3]`.
        gains: `[3]`.
        powers: `[3]`.
        offsets: `[3]`.
    """

    matrix: Floats
    gains: Floats
    powers: Floats
    offsets: Floats

    @classmethod
    def none(cls) -> Grade:
        """One that changes nothing."""
        return cls(np.eye(3), np.ones(3), np.ones(3), np.zeros(3))

    def apply(self, rgb: Tensor) -> Tensor:
        """`rgb` `[3, N]` in [0, 1] graded; not clamped from above, where it may exceed 1."""
        matrix, gains, powers, offsets = (
            torch.from_numpy(one).to(rgb)
            for one in (self.matrix, self.gains, self.powers, self.offsets)
        )
        mixed = (matrix @ rgb).clamp(min=DARKEST)
        return (gains[:, None] * mixed ** powers[:, None] + offsets[:, None]).clamp(min=0.0)


def fit_grade(before: Tensor, after: Tensor) -> tuple[Grade, Floats]:
    """The grade that brings most of some colours near to others; what says otherwise counts less.

    Gauss and Newton's method with Tukey's weights and a prior for each parameter.

    Args:
        before: sRGB, `[3, N]` in [0, 1], none of it clipped.
        after: likewise.

    Returns:
        The grade, and how much each colour counts, `[N]` from 0 to 1.
    """
    stride = max(1, before.shape[1] // MOST)
    seen, wanted = before[:, ::stride].double(), _lab(after[:, ::stride])
    ties = (MISFIT / np.asarray(PRIORS)) ** 2 / PIXELS
    found = np.zeros(len(PRIORS))
    now = _lab(seen)
    sigma, weights = _weights(wanted - now - np.median(wanted - now, axis=0))
    for _ in range(ROUNDS):
        slopes = _slopes(found, seen)
        weighted = (slopes * (weights / weights.sum())[:, None, None]).reshape(-1, len(PRIORS))
        system = weighted.T @ slopes.reshape(-1, len(PRIORS)) + np.diag(ties)
        pull = weighted.T @ (wanted - now).reshape(-1) - ties * found
        found = found + np.clip(np.linalg.solve(system, pull), -LARGEST_STEP, LARGEST_STEP)
        now = _lab(_grade(found).apply(seen))
        sigma, weights = _weights(wanted - now, weights)
    grade = _grade(found)
    left = _lab(after) - _lab(grade.apply(before.double()))
    return grade, _tukey(np.linalg.norm(left, axis=1), sigma)


def _grade(parameters: Floats) -> Grade:
    """Parameters in the order of `PRIORS`, all 0 for no change."""
    matrix = np.eye(3) + parameters[CHROMA] * _COLOUR
    matrix[_ASIDE] += parameters[CHROMA + 1 :]
    gains = np.exp(parameters[GAINS])
    powers = np.exp(parameters[SHARED] + parameters[EACH])
    return Grade(matrix, gains, powers, parameters[OFFSETS])


def _slopes(parameters: Floats, rgb: Tensor) -> Floats:
    """How the Oklab of `rgb` `[3, N]`, graded, changes with each parameter, `[N, 3, P]`."""
    grade = _grade(parameters)
    matrix, gains, powers = (
        torch.from_numpy(one).to(rgb) for one in (grade.matrix, grade.gains, grade.powers)
    )
    mixed = matrix @ rgb
    bright = mixed.clamp(min=DARKEST)
    curved = gains[:, None] * bright ** powers[:, None]
    bent = curved * bright.log() * powers[:, None]
    steep = torch.where(mixed > DARKEST, curved * powers[:, None] / bright, 0.0)
    graded = grade.apply(rgb)
    through = torch.zeros(3, len(PRIORS), rgb.shape[1], dtype=rgb.dtype)
    for channel in range(3):
        through[channel, GAINS][channel] = curved[channel]
        through[channel, SHARED] = bent[channel]
        through[channel, EACH][channel] = bent[channel]
        through[channel, OFFSETS][channel] = 1.0
    through[:, CHROMA] = steep * (torch.from_numpy(_COLOUR).to(rgb) @ rgb)
    for number, (row, column) in enumerate(np.argwhere(_ASIDE).tolist()):
        through[row, CHROMA + 1 + number] = steep[row] * rgb[column]
    through *= (graded > 0).to(rgb)[:, None]
    slopes = oklab_slopes(graded) @ through.permute(2, 0, 1)
    return np.ascontiguousarray(slopes.numpy())


def _weights(left: Floats, before: Floats | None = None) -> tuple[float, Floats]:
    away = np.linalg.norm(left, axis=1)
    counted = away if before is None or not (before > 0).any() else away[before > 0]
    sigma = max(float(np.median(counted)) / MAXWELL_MEDIAN, LEAST_SIGMA)
    return sigma, _tukey(away, sigma)


def _tukey(away: Floats, sigma: float) -> Floats:
    return np.asarray(np.clip(1.0 - (away / (TUKEY * sigma)) ** 2, 0.0, None) ** 2, np.float64)


def _lab(rgb: Tensor) -> Floats:
    """Oklab of `[3, N]`, as rows."""
    return np.ascontiguousarray(to_oklab(rgb.double()).numpy().T)
