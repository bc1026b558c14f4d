"""Figures for how exactly an edit was put back, against a truth that is known."""

from __future__ import annotations

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ...alignment import Alignment
from ...alignment.transform import apply, inverse
from ...base.images import to_float
from ...stitching.seams import seam_gradient
from .pairs import Pair
from .subjects import MEGAPIXEL

EVERY = 4  # pixels between the places that are measured
DEEP = 9  # pixels of erosion: what the colour is measured on lies safely within the garment


def alignment_error(pair: Pair, found: Alignment) -> float:
    """How far the photo's places outside the garment are laid beside their own.

    Root mean square, in pixels of a photo of a megapixel; of those that the edited picture shows.
    """
    height, width = pair.photo.shape[:2]
    y, x = np.mgrid[0:height:EVERY, 0:width:EVERY]
    rows, columns = y.ravel(), x.ravel()
    outside = ~pair.changed[rows, columns]
    places = np.stack([columns, rows], 1).astype(np.float64)[outside]
    true = pair.true_places(places)
    limits = np.array([pair.edited.shape[1] - 1, pair.edited.shape[0] - 1])
    seen = ((true >= 0) & (true <= limits)).all(1)
    moved = places[seen]
    if found.flow is not None:
        scale = np.array([width / found.flow.size[1], height / found.flow.size[0]])
        moved = moved + found.flow.at((moved + 0.5) / scale - 0.5) * scale
    there = apply(found.transform.matrix, moved)
    # Back by the true linear part: distances count in pixels of the photo.
    away = (there - true[seen]) @ inverse(pair.transform.matrix)[:, :2].T
    scale = (MEGAPIXEL / (height * width)) ** 0.5
    return scale * float(np.sqrt((away**2).sum(1).mean()))


def outside_change(pair: Pair, image: Tensor) -> float:
    """Share of the pixels outside the change that differ by more than a grey level, per cent."""
    photo = to_float(pair.photo)
    differs = ((image[0] - photo).abs().amax(0) > 1.5 / 255).numpy()
    return 100.0 * float(differs[~pair.changed].mean())


def garment_colour(pair: Pair, image: Tensor, covered: Tensor) -> float:
    """ΔE (CIE 1976) of the new garment's mean colour beside the intended one."""
    return float(np.linalg.norm(_mean(pair, image, covered) - _intended(pair, covered)))


def seam(pair: Pair, image: Tensor, mask: Tensor) -> float:
    """`seam_gradient` of a result."""
    return float(seam_gradient(image, to_float(pair.photo)[None], mask))


def _inside(pair: Pair, covered: Tensor) -> NDArray[np.bool_]:
    shown = pair.changed & (covered[0, 0].numpy() > 0)
    kernel = np.ones((DEEP, DEEP), np.uint8)
    return np.asarray(cv2.erode(shown.astype(np.uint8), kernel) > 0)


def _mean(pair: Pair, image: Tensor, covered: Tensor) -> NDArray[np.float32]:
    rows = np.ascontiguousarray(image[0].movedim(0, -1).to(torch.float32).numpy())
    lab = np.asarray(cv2.cvtColor(rows, cv2.COLOR_RGB2LAB), np.float32)
    return np.asarray(lab[_inside(pair, covered)].mean(0), np.float32)


def _intended(pair: Pair, covered: Tensor) -> NDArray[np.float32]:
    return _mean(pair, to_float(pair.intended)[None], covered)
