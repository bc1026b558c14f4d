"""The colour cast of an edited picture, measured where it shows what the photo shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..base.images import resize
from .oklab import TO_LAB, from_oklab, to_oklab

CastModel: TypeAlias = Literal["global", "local"]
"""One correction for the whole picture, or one that changes smoothly across it."""

Floats: TypeAlias = NDArray[np.float64]

MOST_PIXELS = 40_000  # looked at: a cast is smooth
BLUR = 1.5  # pixels: what is left of an alignment's error and of sharpness must not count
PRIORS = (*(0.1,) * 3, *(0.05,) * 3, 0.1, *(0.02,) * 9)
"""What casts are like: deviations of gains, offsets, saturation, and cross terms of the cones."""
MISFIT = 0.02  # of Oklab: so far a real cast is from this model
PIXELS = 300  # that many independent ones a picture has: neighbours say the same
ROUNDS = 12
TUKEY = 4.685
MAXWELL_MEDIAN = 1.5382  # of a distance in space, in deviations per axis
LEAST_SIGMA = 0.004  # of Oklab's lightness 0 to 1
FEWEST = 64
LOCAL_FRACTION = 1 / 10  # of the longer side: a local cast changes over such distances
LOCAL_PRIOR = 0.02  # of a neighbourhood that speaks for no local change
STRIP = 256


@dataclass(frozen=True, eq=False)
class Cast:
    """What takes the cast out of an edited picture.

    Attributes:
        matrix: `[3, 4]`, Oklab and 1 of the edited picture to Oklab of the photo.
        field: what is added then, `[1, 3, h, w]`, smooth and to be enlarged; None for none.
        delta: mean ΔE of the cast where it was measured, a hundred times Oklab's distance.
        left: the same after the correction.
    """

    matrix: Tensor
    field: Tensor | None
    delta: float
    left: float


def measure_cast(photo: Tensor, laid: Tensor, same: Tensor, model: CastModel = "global") -> Cast:
    """Measures the cast of an edited picture that lies on its photo.

    A robust affine map of Oklab: what changed without being named does not count, as most of the
    rest says otherwise.

    Args:
        photo: `[1, 3, H, W]` in [0, 1].
        laid: likewise.
        same: `[1, 1, H, W]`, above 0 where both may show the same.
        model: see `CastModel`.

    Returns:
        A cast that changes nothing, if there is too little to compare.
    """
    size = _small(photo.shape[-2], photo.shape[-1])
    old, new = (_blurred(resize(one, size)) for one in (photo, laid))
    where = cv2.erode((resize(same, size)[0, 0] > 0.99).cpu().numpy().astype(np.uint8), _NEAR)
    before, after = (to_oklab(one[0].flatten(1).double()).numpy().T for one in (new, old))
    seen = where.ravel() > 0
    identity = torch.eye(3, 4, dtype=torch.float64)
    if int(seen.sum()) < FEWEST:
        return Cast(identity, None, 0.0, 0.0)
    matrix, weights = _fitted(before[seen], after[seen])
    counted = weights > 0
    delta = _delta(before[seen][counted], after[seen][counted])
    corrected = _mapped(before, matrix)
    left = after - corrected
    field = None
    if model == "local":
        trust = np.zeros(len(left))
        trust[seen] = weights
        field = _smooth(left, trust, size)
        left = left - field[0].flatten(1).numpy().T
    rest = float(100.0 * np.linalg.norm(left[seen][counted], axis=1).mean())
    return Cast(torch.from_numpy(matrix), field, delta, rest)


def without_cast(image: Tensor, cast: Cast) -> Tensor:
    """`image` `[1, 3, H, W]` in [0, 1] in the colours of the photo, strip by strip."""
    done = torch.empty_like(image)
    matrix = cast.matrix.to(image)
    height, width = image.shape[-2:]
    for top in range(0, height, STRIP):
        strip = image[0, :, top : top + STRIP]
        lab = to_oklab(strip.flatten(1))
        lab = matrix[:, :3] @ lab + matrix[:, 3:]
        if cast.field is not None:
            lab = lab + _rows_of(cast.field.to(image), top, strip.shape[1], (height, width))
        done[0, :, top : top + STRIP] = from_oklab(lab).view_as(strip)
    return done


_NEAR = np.ones((5, 5), np.uint8)
_CHROMA = np.linalg.inv(np.asarray(TO_LAB)) @ np.diag([0.0, 1.0, 1.0]) @ np.asarray(TO_LAB)


def _small(height: int, width: int) -> tuple[int, int]:
    scale = min(1.0, (MOST_PIXELS / (height * width)) ** 0.5)
    return max(1, round(height * scale)), max(1, round(width * scale))


def _blurred(image: Tensor) -> Tensor:
    rows = np.ascontiguousarray(image[0].detach().float().movedim(0, -1).cpu().numpy())
    soft = cv2.GaussianBlur(rows, (0, 0), BLUR)
    return torch.from_numpy(np.asarray(soft, np.float32)).movedim(-1, 0).unsqueeze(0)


def _fitted(before: Floats, after: Floats) -> tuple[Floats, Floats]:
    """The correction of Oklab `[3, 4]`, and how much each pixel counts, `[N]`.

    What cameras and editors do to colours is little: a gain and an offset of each kind of cone, as
    white balance and exposure have it, and a saturation. All else is a trace. So each has a
    prior, without which a scene of few colours would say nothing, or anything, of a new garment's.
    """
    back = np.linalg.inv(np.asarray(TO_LAB))
    x, change = before @ back.T, (after - before) @ back.T
    chroma = x @ _CHROMA.T
    rows = [_terms(x, chroma, cone) for cone in range(3)]
    found = np.zeros(len(PRIORS))
    found[3:6] = np.median(change, axis=0)
    weights = np.ones(len(x))
    for _ in range(ROUNDS):
        left = np.stack([change[:, i] - rows[i] @ found for i in range(3)], 1) @ np.transpose(
            TO_LAB
        )
        away = np.linalg.norm(left, axis=1)
        sigma = max(float(np.median(away[weights > 0])) / MAXWELL_MEDIAN, LEAST_SIGMA)
        weights = np.clip(1.0 - (away / (TUKEY * sigma)) ** 2, 0.0, None) ** 2
        share = weights / weights.sum()
        system = np.diag((MISFIT / np.asarray(PRIORS)) ** 2 / PIXELS)
        wanted = np.zeros(len(PRIORS))
        for cone, terms in enumerate(rows):
            weighted = (terms * share[:, None]).T
            system = system + weighted @ terms
            wanted = wanted + weighted @ change[:, cone]
        found = np.linalg.solve(system, wanted)
    linear = np.eye(3) + np.diag(found[:3]) + found[6] * _CHROMA + found[7:].reshape(3, 3)
    lab = np.asarray(TO_LAB)
    matrix = np.column_stack([lab @ linear @ back, lab @ found[3:6]])
    return np.asarray(matrix, np.float64), np.asarray(weights, np.float64)


def _terms(x: Floats, chroma: Floats, cone: int) -> Floats:
    """What each parameter does to one kind of cone, `[N, 16]`."""
    terms = np.zeros((len(x), len(PRIORS)))
    terms[:, cone] = x[:, cone]
    terms[:, 3 + cone] = 1.0
    terms[:, 6] = chroma[:, cone]
    terms[:, 7 + 3 * cone : 10 + 3 * cone] = x
    return terms


def _mapped(colours: Floats, matrix: Floats) -> Floats:
    return colours @ matrix[:, :3].T + matrix[:, 3]


def _delta(one: Floats, other: Floats) -> float:
    return float(100.0 * np.linalg.norm(one - other, axis=1).mean())


def _smooth(left: Floats, weights: Floats, size: tuple[int, int]) -> Tensor:
    """What is left, as a smooth field that also covers what was not looked at, `[1, 3, h, w]`."""
    wide = max(size) * LOCAL_FRACTION
    trust = weights.reshape(size).astype(np.float32)
    values = left.reshape(*size, 3).astype(np.float32) * trust[..., None]
    spread = cv2.GaussianBlur(trust, (0, 0), wide) + LOCAL_PRIOR
    field = cv2.GaussianBlur(values, (0, 0), wide) / spread[..., None]
    return torch.from_numpy(np.asarray(field, np.float32)).movedim(-1, 0).unsqueeze(0)


def _rows_of(field: Tensor, top: int, count: int, size: tuple[int, int]) -> Tensor:
    """Some rows of a field `[1, 3, h, w]` enlarged to `size`, `[3, count * W]`, bilinear."""
    rows = (torch.arange(top, top + count).float() + 0.5) * field.shape[-2] / size[0] - 0.5
    rows = rows.clamp(0, field.shape[-2] - 1)
    low = rows.floor().long()
    high = (low + 1).clamp(max=field.shape[-2] - 1)
    part = (rows - low).to(field)[:, None]
    lines = field[0][:, low] * (1 - part) + field[0][:, high] * part
    return resize(lines.unsqueeze(0), (count, size[1]))[0].flatten(1)
