"""Gradient-domain joining (Pérez et al. 2003) by OpenCV's `seamlessClone`."""

from __future__ import annotations

import cv2
import numpy as np
import torch
from torch import Tensor

from ...base.images import Pixels, to_float, to_pixels
from ..compositing import blend

# seamlessClone fails for a mask that touches the edge, and takes its border values three pixels
# inside the mask; so a rim is added that holds the rest of a mask which reaches the edge.
RIM = 6
SMALLEST_SIDE = 3  # of the mask's box: there is nothing to solve in less


def blend_poisson(photo: Tensor, generated: Tensor, mask: Tensor) -> Tensor:
    """`generated` recoloured so that it meets `photo` at the border of the mask, `[B, 3, H, W]`.

    Colours of the photo at the border flow into the whole mask, so a garment may change its colour
    where the mask cuts it. Works with 8 bits, hence within a grey level.
    """
    hard = (mask > 0).to("cpu", torch.uint8).squeeze(1).numpy() * np.uint8(255)
    cloned = [
        _clone(to_pixels(new), to_pixels(old), one)
        for new, old, one in zip(generated, photo, hard, strict=True)
    ]
    return blend(photo, to_float(np.stack(cloned)).to(photo), mask).image


def _clone(new: Pixels, old: Pixels, mask: Pixels) -> Pixels:
    # Where the photo ends there is nothing to meet, so the border values there are the new ones.
    around = _pad(np.where(mask[..., None] > 0, new, old))
    around[RIM:-RIM, RIM:-RIM] = old
    where = _pad(mask)
    where[[0, -1]] = 0
    where[:, [0, -1]] = 0
    left, top, width, height = cv2.boundingRect(where)
    if min(width, height) < SMALLEST_SIDE:
        return new
    # The centre must be that of the mask's box, or the clone lands beside it.
    centre = (left + width // 2, top + height // 2)
    cloned = cv2.seamlessClone(_pad(new), around, where, centre, cv2.NORMAL_CLONE)
    return np.asarray(cloned, np.uint8)[RIM:-RIM, RIM:-RIM]


def _pad(pixels: Pixels) -> Pixels:
    border = cv2.BORDER_REPLICATE
    return np.asarray(cv2.copyMakeBorder(pixels, RIM, RIM, RIM, RIM, border), np.uint8)
