"""Where the pixels of a photo lie in the edited picture."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..base.frame import Size

Matrix: TypeAlias = NDArray[np.float64]
"""`[2, 3]`: a place `(x, y, 1)` to `(x, y)`; pixel 0 has its centre at 0."""

Points: TypeAlias = NDArray[np.float64]
"""`[N, 2]`: x and y in pixels."""


@dataclass(frozen=True, eq=False)
class Transform:
    """An affine map of the photo's places to those of the edited picture.

    Attributes:
        matrix: `[2, 3]`, in pixels of both pictures.
        photo_size: height and width of the photo.
        edited_size: height and width of the edited picture.
    """

    matrix: Matrix
    photo_size: Size
    edited_size: Size

    @property
    def at_photo_size(self) -> Matrix:
        """The map as it were, had the edited picture been resized to the photo, `[2, 3]`."""
        return rescaled(self.matrix, (1.0, 1.0), resizing(self.edited_size, self.photo_size))

    @property
    def figures(self) -> dict[str, float]:
        """What the editor did to the photo, beside resizing the whole.

        `shift_x` and `shift_y`: of the photo's middle, in per cent of its width and height.
        `zoom`: above 1 the editor shows things larger. `stretch`: width against height, 1 is none.
        `rotation`: in degrees, clockwise as one sees it.
        """
        height, width = self.photo_size
        matrix = self.at_photo_size
        middle = np.array([(width - 1) / 2, (height - 1) / 2])
        shift = apply(matrix, middle[None])[0] - middle
        linear = matrix[:, :2]
        across, down = (float(np.linalg.norm(linear[:, i])) for i in (0, 1))
        turned = math.atan2(linear[1, 0] - linear[0, 1], linear[0, 0] + linear[1, 1])
        return {
            "shift_x": 100.0 * float(shift[0]) / width,
            "shift_y": 100.0 * float(shift[1]) / height,
            "zoom": math.sqrt(abs(float(np.linalg.det(linear)))),
            "stretch": across / max(down, 1e-9),
            "rotation": math.degrees(turned),
        }


def apply(matrix: Matrix, points: Points) -> Points:
    """`points` `[N, 2]` moved by `matrix`."""
    return points @ matrix[:, :2].T + matrix[:, 2]


def whole(photo_size: Size, edited_size: Size) -> Transform:
    """The transform of an editor that only resized the picture."""
    scale = resizing(photo_size, edited_size)
    matrix = rescaled(np.eye(2, 3), (1.0, 1.0), scale)
    return Transform(matrix, photo_size, edited_size)


def resizing(size: Size, to: Size) -> tuple[float, float]:
    """Factors for x and y."""
    return to[1] / size[1], to[0] / size[0]


def rescaled(matrix: Matrix, source: tuple[float, float], target: tuple[float, float]) -> Matrix:
    """`matrix` between copies of the pictures that were resized by these factors for x and y.

    Pixels cover areas, so what is resized about the corner of the picture moves their centres.
    """
    before = _resized(1.0 / source[0], 1.0 / source[1])
    after = _resized(*target)
    return (after @ _square(matrix) @ before)[:2]


def inverse(matrix: Matrix) -> Matrix:
    """The way back."""
    return np.asarray(np.linalg.inv(_square(matrix))[:2], np.float64)


def chained(first: Matrix, then: Matrix) -> Matrix:
    """Both maps, one after the other."""
    return (_square(then) @ _square(first))[:2]


def _square(matrix: Matrix) -> Matrix:
    return np.vstack([matrix, [0.0, 0.0, 1.0]])


def _resized(x: float, y: float) -> Matrix:
    return np.array([[x, 0.0, (x - 1.0) / 2.0], [0.0, y, (y - 1.0) / 2.0], [0.0, 0.0, 1.0]])
