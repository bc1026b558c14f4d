"""A large photo with demo figures somewhere in it: what framing and putting back are tried on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from torch import Tensor

from .arrays import ByteArray, FloatArray
from .factors import decode, draw_z
from .renderer import Renderer

WALL_ABOVE, WALL_BELOW = (206.0, 209.0, 206.0), (182.0, 184.0, 180.0)
COUNTER, COUNTER_EDGE = (126, 94, 70), (158, 122, 92)
PICTURE_FRAME, PICTURE = (92, 74, 60), (214, 204, 176)
RENDERED_MOST = 512  # pixels; larger figures are enlarged, as painting them would take long
EDGE_FRACTION = 0.012  # of a figure's side: height of the front edge of the counter


@dataclass(frozen=True)
class Place:
    """Where in a photo a figure stands; all of it must lie in there.

    Attributes:
        seed: of the figure.
        left: of the square that it was drawn in, in pixels of the photo.
        top: likewise.
        side: likewise.
    """

    seed: int
    left: int
    top: int
    side: int

    @property
    def box(self) -> tuple[int, int, int, int]:
        """left, top, right, bottom."""
        return self.left, self.top, self.left + self.side, self.top + self.side


def draw_large_photo(size: tuple[int, int], places: Sequence[Place]) -> ByteArray:
    """People behind a counter, in front of a wall with a picture on it, `[H, W, 3]`.

    Args:
        size: height and width.
        places: each figure is cut by the lower edge of its square, where its counter begins.
    """
    height, width = size
    down = np.linspace(0.0, 1.0, height, dtype=np.float32)[:, None, None]
    across = np.linspace(-0.5, 0.5, width, dtype=np.float32)[None, :, None]
    above, below = np.asarray(WALL_ABOVE, np.float32), np.asarray(WALL_BELOW, np.float32)
    wall = above * (1 - down) + below * down
    photo = np.clip(wall * (1.0 - 0.12 * across**2), 0, 255).astype(np.uint8)
    _hang_picture(photo)
    for place in sorted(places, key=lambda place: place.box[3]):
        _stand(photo, place)
        _counter(photo, place)
    return photo


def large_photo(size: tuple[int, int], places: Sequence[Place]) -> Tensor:
    """As `draw_large_photo`, `[1, 3, H, W]` in [0, 1]."""
    pixels = torch.from_numpy(draw_large_photo(size, places))
    return (pixels.permute(2, 0, 1).float() / 255.0).unsqueeze(0)


def _hang_picture(photo: ByteArray) -> None:
    height, width = photo.shape[:2]
    left, top = round(0.07 * width), round(0.06 * height)
    right, bottom = round(0.3 * width), round(0.2 * height)
    rim = max(1, round(0.008 * width))
    cv2.rectangle(photo, (left, top), (right, bottom), PICTURE_FRAME, -1)
    inner = ((left + rim, top + rim), (right - rim, bottom - rim))
    cv2.rectangle(photo, *inner, PICTURE, -1)


def _stand(photo: ByteArray, place: Place) -> None:
    side = min(place.side, RENDERED_MOST)
    figure = Renderer(side).render(decode(draw_z(place.seed)))
    shown = (place.side, place.side)
    image = cv2.resize(figure.image, shown, interpolation=cv2.INTER_CUBIC)
    person = (figure.regions > 0).astype(np.float32)
    # Half a pixel of softness, or the cut-out would have stairs.
    soft = cv2.GaussianBlur(cv2.resize(person, shown, interpolation=cv2.INTER_LINEAR), (0, 0), 0.7)
    left, top, right, bottom = place.box
    here = photo[top:bottom, left:right]
    alpha: FloatArray = np.asarray(soft, np.float32)[..., None]
    here[:] = np.rint(alpha * image + (1.0 - alpha) * here).astype(np.uint8)


def _counter(photo: ByteArray, place: Place) -> None:
    edge = max(1, round(EDGE_FRACTION * place.side))
    bottom = place.box[3]
    photo[bottom - edge : bottom] = COUNTER_EDGE
    photo[bottom:] = COUNTER
