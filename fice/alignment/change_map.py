"""What an editor changed on purpose, told by difference alone."""

from __future__ import annotations

from typing import TypeAlias

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..base.images import resize
from .oklab import to_oklab

MOST_PIXELS = 500_000  # looked at
BLUR = 1.2  # pixels: editors soften, and grain is no change
SLACK = 0.4  # pixels that edges may have moved by
FLOOR = 0.016  # of Oklab: smoothed skin and JPEG change as much
STRONG, WEAK = 3.0, 1.6  # changes in terms of what may come from resampling
CLOSING, OPENING = 1 / 90, 1 / 220  # of the longer side: gaps to close, threads to drop
SMALLEST = 1 / 400  # of the picture: less is no garment
OF_LARGEST = 1 / 12  # of the largest part: less beside it is no part of a garment

Floats: TypeAlias = NDArray[np.float32]
Bytes: TypeAlias = NDArray[np.uint8]


def change_map(photo: Tensor, laid: Tensor, covered: Tensor) -> Tensor:
    """Where an edited picture shows something else than the photo, `[1, 1, H, W]`, 0 or 1.

    A difference counts against what resampling, softening and a slight misalignment would make of
    the photo at that place: much at edges, little in plain parts. Parts with a strong difference
    count with all that hangs together with them.

    Args:
        photo: `[1, 3, H, W]` in [0, 1].
        laid: likewise, without its cast.
        covered: `[1, 1, H, W]`, above 0 where `laid` shows the edited picture.
    """
    height, width = photo.shape[-2:]
    scale = min(1.0, (MOST_PIXELS / (height * width)) ** 0.5)
    size = (max(1, round(height * scale)), max(1, round(width * scale)))
    old, new = (_soft(resize(one, size)) for one in (photo, laid))
    shown = (resize(covered, size)[0, 0] > 0.99).cpu().numpy()
    strength = _strength(old, new)
    strength[~shown] = 0.0
    found = torch.from_numpy(_parts(strength)).float()[None, None].to(photo)
    return (resize(found, (height, width)) > 0.5).to(photo)


def _strength(old: Floats, new: Floats) -> Floats:
    """Difference over what may be there by accident, `[H, W]`."""
    difference = np.linalg.norm(new - old, axis=2)
    edges = np.maximum(_slope(old), _slope(new))
    near = cv2.dilate(edges, np.ones((3, 3), np.uint8))
    # Half of a picture is hardly ever garment, so its median tells of grain and compression.
    floor = max(FLOOR, 2.0 * float(np.median(difference)))
    return np.asarray(difference / (floor + SLACK * near), np.float32)


def _slope(lab: Floats) -> Floats:
    across = cv2.Sobel(lab, cv2.CV_32F, 1, 0, scale=1 / 8)
    down = cv2.Sobel(lab, cv2.CV_32F, 0, 1, scale=1 / 8)
    return np.sqrt((across**2 + down**2).sum(2)).astype(np.float32)


def _parts(strength: Floats) -> Bytes:
    longer = max(strength.shape)
    weak = (strength > WEAK).astype(np.uint8)
    closed = cv2.morphologyEx(weak, cv2.MORPH_CLOSE, _disc(longer * CLOSING))
    opened = cv2.morphologyEx(closed, cv2.MORPH_OPEN, _disc(longer * OPENING))
    _, found, stats, _ = cv2.connectedComponentsWithStats(np.asarray(opened, np.uint8))
    labels = np.asarray(found, np.int32)
    # What only edges tell is an accident: a part has a body that differs by itself.
    strong = cv2.morphologyEx((strength > STRONG).astype(np.uint8), cv2.MORPH_OPEN, _disc(2.0))
    sizes = stats[:, cv2.CC_STAT_AREA].astype(np.float64)
    sizes[0] = 0.0
    with_body = np.zeros(len(sizes), bool)
    with_body[np.unique(labels[np.asarray(strong) > 0])] = True
    sizes[~with_body] = 0.0
    least = max(SMALLEST * strength.size, OF_LARGEST * float(sizes.max(initial=0.0)))
    return (sizes >= least)[labels].astype(np.uint8)


def _soft(image: Tensor) -> Floats:
    lab = to_oklab(image[0].detach().float().cpu().flatten(1)).view(3, *image.shape[-2:])
    rows = np.ascontiguousarray(lab.movedim(0, -1).numpy())
    return np.asarray(cv2.GaussianBlur(rows, (0, 0), BLUR), np.float32)


def _disc(radius: float) -> Bytes:
    side = 2 * max(1, round(radius)) + 1
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)), np.uint8)
