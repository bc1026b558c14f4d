"""The colours of the generated picture matched to the photo's at the seam."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray
from torch import Tensor, from_numpy

from ..compositing import blend
from .depth import depth_inside

RING_FRACTION = 1 / 48  # of the longer side: width of the ring around the mask that is compared
REACH_FRACTION = 1 / 8  # of the longer side: how far into the mask the correction reaches
FEWEST_PIXELS = 16
CONTRAST_LIMITS = (0.67, 1.5)

Colours = NDArray[np.float32]


def blend_colour_matched(photo: Tensor, generated: Tensor, mask: Tensor) -> Tensor:
    """Alpha blending after a correction of `generated` near the seam, `[B, 3, H, W]`.

    Mean and contrast per channel of CIELAB are taken on a ring just outside the mask, where both
    pictures show the same things (Reinhard et al. 2001, there for whole pictures). The correction
    fades out towards the middle of the mask, whose colour is what the text asked for.
    """
    longer = max(photo.shape[-2:])
    outside = mask == 0
    ring = outside & (depth_inside(outside.to(mask), max(2, longer * RING_FRACTION)) < 1.0)
    near = 1.0 - depth_inside(mask, longer * REACH_FRACTION)
    corrected = generated.clone()
    for index in range(len(photo)):
        here = ring[index, 0].cpu().numpy()
        if here.sum() >= FEWEST_PIXELS:
            change = _change(_rows(generated[index]), _rows(photo[index]), here)
            corrected[index] += near[index] * from_numpy(change).movedim(-1, 0).to(photo)
    return blend(photo, corrected.clamp(0.0, 1.0), mask).image


def _change(new: Colours, old: Colours, ring: NDArray[np.bool_]) -> Colours:
    """What the matching adds to `new`, in RGB `[H, W, 3]`; exactly 0 if there is nothing to do."""
    lab, wanted = _lab(new), _lab(old)[ring]
    mean, spread = lab[ring].mean(0), lab[ring].std(0)
    contrast = np.clip((wanted.std(0) + 1.0) / (spread + 1.0), *CONTRAST_LIMITS)
    matched = (lab - mean) * contrast + wanted.mean(0)
    return _rgb(matched) - _rgb(lab)


def _rows(image: Tensor) -> Colours:
    rows = image.detach().float().clamp(0.0, 1.0).movedim(0, -1).cpu().numpy()
    return np.ascontiguousarray(rows)


def _lab(rgb: Colours) -> Colours:
    return np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2LAB), np.float32)


def _rgb(lab: Colours) -> Colours:
    return np.asarray(cv2.cvtColor(lab.astype(np.float32), cv2.COLOR_LAB2RGB), np.float32)
