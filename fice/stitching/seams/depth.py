"""How deep inside a mask a pixel lies."""

from __future__ import annotations

import cv2
import numpy as np
import torch
from torch import Tensor

from ...base.shapes import check_mask


def depth_inside(mask: Tensor, reach: float) -> Tensor:
    """0 outside `mask`, rising from its border to 1 at `reach` pixels inside, `[B, 1, H, W]`.

    The edge of the picture is no border: there is nothing beyond it to meet.
    """
    inside = (check_mask(mask) > 0).to("cpu", torch.uint8).squeeze(1).numpy()
    depths = np.stack([_distance(one) for one in inside])
    depth = torch.from_numpy(depths).unsqueeze(1).to(mask)
    return (depth / max(1.0, reach)).clamp(max=1.0)


def _distance(
    inside: np.ndarray[tuple[int, ...], np.dtype[np.uint8]],
) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    if inside.all():  # cv2 leaves the distance to nothing undefined
        return np.full(inside.shape, np.inf, np.float32)
    return np.asarray(cv2.distanceTransform(inside, cv2.DIST_L2, 5), np.float32)
