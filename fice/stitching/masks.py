"""Growing, feathering and filling of masks `[B, 1, H, W]`; distances are in pixels."""

from __future__ import annotations

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from ..base.shapes import check_mask


def grow(mask: Tensor, pixels: int) -> Tensor:
    """The largest value within `pixels` in both directions; 0 changes nothing."""
    check_mask(mask)
    if pixels == 0:
        return mask
    width = 2 * pixels + 1
    if mask.device.type == "cpu" and mask.dtype == torch.float32 and not mask.requires_grad:
        kernel = np.ones((width, width), np.uint8)  # OpenCV takes it apart, and is far faster
        grown = [np.asarray(cv2.dilate(one, kernel), np.float32) for one in mask[:, 0].numpy()]
        return torch.from_numpy(np.stack(grown))[:, None]
    # Rows, then columns: for a large photo both at once would take minutes.
    rows = F.max_pool2d(mask, (width, 1), stride=1, padding=(pixels, 0))
    return F.max_pool2d(rows, (1, width), stride=1, padding=(0, pixels))


def shrink(mask: Tensor, pixels: int) -> Tensor:
    """The smallest value within `pixels`; the border of the image does not count as outside."""
    return -grow(-mask, pixels)


def feather_outwards(mask: Tensor, pixels: int) -> Tensor:
    """Lets `mask` fall to 0 over `pixels` around it; what was 1 stays exactly 1."""
    check_mask(mask)
    if pixels == 0:
        return mask
    grown = F.pad(grow(mask, pixels), [pixels] * 4, mode="replicate")
    width = 2 * pixels + 1
    soft = F.avg_pool2d(F.avg_pool2d(grown, (width, 1), stride=1), (1, width), stride=1)
    # Rounding may leave the inside a hair below its value, and a hair of old garment in it.
    return torch.maximum(soft, mask).clamp(0.0, 1.0)


def fill_holes(mask: Tensor, threshold: float = 0.5) -> Tensor:
    """Sets to 1 what lies inside the mask, cut off from the border of the image."""
    check_mask(mask)
    hard = (mask.detach() > threshold).to("cpu", torch.uint8).squeeze(1).numpy()
    filled = np.stack([_fill(image) for image in hard])
    return torch.maximum(mask, torch.from_numpy(filled).unsqueeze(1).to(mask))


def largest_part(mask: Tensor, thickness: int, threshold: float = 0.5) -> Tensor:
    """The largest connected part of `mask`, 0 or 1, without what is `thickness` pixels or thinner.

    A strip that touches the part does not belong to it, nor what only a strip joins to it. What the
    border of the image cuts counts as ending there.
    """
    check_mask(mask)
    hard = (mask.detach() > threshold).to("cpu", torch.uint8).squeeze(1).numpy()
    parts = np.stack([_largest(image, thickness) for image in hard])
    return torch.from_numpy(parts).unsqueeze(1).to(mask)


def _largest(
    hard: np.ndarray[tuple[int, ...], np.dtype[np.uint8]], thickness: int
) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    kernel = np.ones((thickness + 1, thickness + 1), np.uint8)
    padded = np.pad(hard, thickness + 1)  # cv2 takes the border of an image for more of the same
    opened = np.asarray(cv2.morphologyEx(padded, cv2.MORPH_OPEN, kernel), np.uint8)
    inner = opened[thickness + 1 : -thickness - 1, thickness + 1 : -thickness - 1]
    _, labels = cv2.connectedComponents(np.ascontiguousarray(inner), connectivity=4)
    areas = np.bincount(np.asarray(labels).ravel())
    areas[0] = 0
    found = int(areas.argmax())
    return (np.asarray(labels) == found).astype(np.uint8) * np.uint8(found > 0)


def _fill(
    hard: np.ndarray[tuple[int, ...], np.dtype[np.uint8]],
) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    # A rim of one pixel joins all of the outside, so that one flood reaches it from the corner.
    padded = np.pad(hard, 1)
    cv2.floodFill(padded, None, (0, 0), 2)
    return (padded[1:-1, 1:-1] != 2).astype(np.uint8)
