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
from .grade import Grade, fit_grade
from .oklab import from_oklab, to_oklab

CastModel: TypeAlias = Literal["global", "local"]
"""One correction for the whole picture, or one that changes smoothly across it."""

Floats: TypeAlias = NDArray[np.float64]

MOST_PIXELS = 40_000  # looked at: a cast is smooth
BLUR = 1.5  # pixels: what is left of an alignment's error and of sharpness must not count
CLIPPED = 0.015  # so near to black or full, a channel has lost what it was
FEWEST, FEWEST_WHOLE = 64, 400
LOCAL_FRACTION = 1 / 10  # of the longer side: a local cast changes over such distances
LOCAL_PRIOR = 0.02  # of a neighbourhood that speaks for no local change
STRIP = 256


@dataclass(frozen=True, eq=False)
class Cast:
    """What takes the cast out of an edited picture.

    Attributes:
        grade: colours of the edited picture to those of the photo.
        field: what is added then, in Oklab, `[1, 3, h, w]`, smooth and to be enlarged; None for
            none.
        delta: mean ΔE of the cast where it was measured, a hundred times Oklab's distance.
        left: the same after the correction.
    """

    grade: Grade
    field: Tensor | None
    delta: float
    left: float


def measure_cast(photo: Tensor, laid: Tensor, same: Tensor, model: CastModel = "global") -> Cast:
    """Measures the cast of an edited picture that lies on its photo.

    A robust fit: what changed without being named does not count, as most of the rest says
    otherwise; nor do colours that the cast pushed to the end of the scale.

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
    new_rgb, old_rgb = (one[0].flatten(1).double() for one in (new, old))
    seen = _whole(new_rgb, where.ravel() > 0)
    if int(seen.sum()) < FEWEST:
        return Cast(Grade.none(), None, 0.0, 0.0)
    chosen = torch.from_numpy(seen)
    grade, weights = fit_grade(new_rgb[:, chosen], old_rgb[:, chosen])
    counted = weights > 0
    before, after = (to_oklab(one).numpy().T for one in (new_rgb, old_rgb))
    delta = _delta(before[seen][counted], after[seen][counted])
    left = after - to_oklab(grade.apply(new_rgb)).numpy().T
    field = None
    if model == "local":
        trust = np.zeros(len(left))
        trust[seen] = weights
        field = _smooth(left, trust, size)
        left = left - field[0].flatten(1).numpy().T
    rest = float(100.0 * np.linalg.norm(left[seen][counted], axis=1).mean())
    return Cast(grade, field, delta, rest)


def without_cast(image: Tensor, cast: Cast) -> Tensor:
    """`image` `[1, 3, H, W]` in [0, 1] in the colours of the photo, strip by strip."""
    done = torch.empty_like(image)
    height, width = image.shape[-2:]
    for top in range(0, height, STRIP):
        strip = image[0, :, top : top + STRIP]
        rgb = cast.grade.apply(strip.flatten(1))
        if cast.field is not None:
            rows = _rows_of(cast.field.to(image), top, strip.shape[1], (height, width))
            rgb = from_oklab(to_oklab(rgb) + rows)
        done[0, :, top : top + STRIP] = rgb.clamp(0.0, 1.0).view_as(strip)
    return done


_NEAR = np.ones((5, 5), np.uint8)


def _small(height: int, width: int) -> tuple[int, int]:
    scale = min(1.0, (MOST_PIXELS / (height * width)) ** 0.5)
    return max(1, round(height * scale)), max(1, round(width * scale))


def _blurred(image: Tensor) -> Tensor:
    rows = np.ascontiguousarray(image[0].detach().float().movedim(0, -1).cpu().numpy())
    soft = cv2.GaussianBlur(rows, (0, 0), BLUR)
    return torch.from_numpy(np.asarray(soft, np.float32)).movedim(-1, 0).unsqueeze(0)


def _whole(rgb: Tensor, where: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Those of `where` whose colours `[3, N]` are not clipped; all, if too few are left."""
    inside = ((rgb > CLIPPED) & (rgb < 1.0 - CLIPPED)).all(0).numpy() & where
    return inside if int(inside.sum()) >= FEWEST_WHOLE else where


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
