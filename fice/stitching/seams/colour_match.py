"""The colours of the generated picture matched to the photo's at the seam."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray
from torch import Tensor, from_numpy

from .depth import depth_inside
from .pyramid import blend_pyramid

RING_FRACTION = 1 / 48  # of the longer side: width of the ring around the mask that is compared
REACH_FRACTION = 1 / 8  # of the longer side: how far into the mask the correction reaches
FEWEST_PIXELS = 16
ALIKE_SHARE = 0.5  # of the ring
CONTRAST_LIMITS = (0.67, 1.5)

Colours = NDArray[np.float32]


def blend_colour_matched(photo: Tensor, generated: Tensor, mask: Tensor) -> Tensor:
    """Multi-band blending after a correction of `generated` near the seam, `[B, 3, H, W]`.

    Mean and contrast per channel of CIELAB are taken on a ring just outside the mask, where both
    pictures show the same things (Reinhard et al. 2001, there for whole pictures), from the half of
    its pixels whose differences are most alike. The correction fades out towards the middle of the
    mask, whose colour is what the text asked for.
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
    return blend_pyramid(photo, corrected.clamp(0.0, 1.0), mask)


def _change(new: Colours, old: Colours, ring: NDArray[np.bool_]) -> Colours:
    """What the matching adds to `new`, in RGB `[H, W, 3]`; exactly 0 if there is nothing to do."""
    lab = _lab(new)
    seen, wanted = lab[ring], _lab(old)[ring]
    alike = _most_alike(wanted - seen)
    seen, wanted = seen[alike], wanted[alike]
    contrast = np.clip((wanted.std(0) + 1.0) / (seen.std(0) + 1.0), *CONTRAST_LIMITS)
    matched = (lab - seen.mean(0)) * contrast + wanted.mean(0)
    return _rgb(matched) - _rgb(lab)


def _most_alike(differences: Colours) -> NDArray[np.bool_]:
    """Which of the differences `[N, 3]` are close to what most of them are, `[N]`.

    Along a part of the seam the two pictures show other things, such as other trousers; their
    difference says nothing of the light.
    """
    distance = np.linalg.norm(differences - np.median(differences, 0), axis=1)
    return np.asarray(distance <= np.quantile(distance, ALIKE_SHARE))


def _rows(image: Tensor) -> Colours:
    rows = image.detach().float().clamp(0.0, 1.0).movedim(0, -1).cpu().numpy()
    return np.ascontiguousarray(rows)


def _lab(rgb: Colours) -> Colours:
    return np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2LAB), np.float32)


def _rgb(lab: Colours) -> Colours:
    return np.asarray(cv2.cvtColor(lab.astype(np.float32), cv2.COLOR_LAB2RGB), np.float32)
