"""Whether the face is still the same person's, by ArcFace."""

from __future__ import annotations

from collections.abc import Mapping

import torch
import torch.nn.functional as F
from torch import Tensor

from ..arcface import FACE_SIZE
from .look import CERTAIN, Look
from .metric import Measure, Metric, Values

METRICS: Mapping[str, Metric] = {
    "identity": Metric(
        "identity", "higher", "Cosine of the faces of photo and result, by ArcFace."
    ),
}


@torch.no_grad()
def measure_identity(look: Look) -> Mapping[str, Values]:
    """See `METRICS`; nothing without weights of ArcFace."""
    network = look.judges.identity
    if network is None:
        return {}
    values: Values = []
    for row, head in enumerate(look.before.head[:, 0] > CERTAIN):
        faces = [head_crop(image[row], head) for image in (look.photo, look.outcome.image)]
        values.append(
            None
            if faces[0] is None or faces[1] is None
            else (network(faces[0]) * network(faces[1])).sum().item()
        )
    return {"identity": values}


def head_crop(image: Tensor, head: Tensor) -> Tensor | None:
    """The square around the head at ArcFace's size, `[1, 3, 112, 112]`; None without a head.

    Args:
        image: `[3, H, W]`.
        head: `[H, W]` bool.
    """
    rows, columns = head.any(1).nonzero(), head.any(0).nonzero()
    if not len(rows):
        return None
    top, bottom = int(rows[0]), int(rows[-1]) + 1
    left, right = int(columns[0]), int(columns[-1]) + 1
    half = max(bottom - top, right - left) / 2
    middle, centre = (top + bottom) / 2, (left + right) / 2
    window = image[
        :,
        max(0, round(middle - half)) : round(middle + half),
        max(0, round(centre - half)) : round(centre + half),
    ]
    size = (FACE_SIZE, FACE_SIZE)
    return F.interpolate(window[None], size, mode="bilinear", antialias=True).clamp(0.0, 1.0)


IDENTITY = Measure(METRICS, measure_identity)
