"""Whether pose and body shape stayed, by a body chart network that guided nothing."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from ....base.types import BodyChart
from ....inversion import part_overlap
from .look import Look
from .metric import Measure, Metric, Values

HEAD_PARTS = (23, 24)
FEWEST_PIXELS = 4  # of a part that has a centroid worth the name

METRICS: Mapping[str, Metric] = {
    "pose_iou": Metric(
        "pose IoU", "higher", "Mean IoU of the body parts of photo and result (judge chart)."
    ),
    "pose_distance": Metric(
        "pose distance",
        "lower",
        "Mean distance of the parts' centroids in photo and result, in percent of the height.",
    ),
    "pose_iou_generated": Metric(
        "pose IoU, generated", "higher", "As pose IoU, of the generated picture before stitching."
    ),
    "head_iou_generated": Metric(
        "head IoU, generated",
        "higher",
        "IoU of the head in photo and generated picture (judge chart): whether the photo's head "
        "fits on it.",
    ),
}


@torch.no_grad()
def measure_pose(look: Look) -> Mapping[str, Values]:
    """See `METRICS`; nothing without a judge chart."""
    chart = look.judges.chart
    if chart is None:
        return {}
    photo, result, generated = (
        chart(image) for image in (look.photo, look.outcome.image, look.outcome.generated)
    )
    return {
        "pose_iou": part_overlap(photo, result).tolist(),
        "pose_distance": [
            centroid_distance(one, other)
            for one, other in zip(photo.part_ids, result.part_ids, strict=True)
        ],
        "pose_iou_generated": part_overlap(photo, generated).tolist(),
        "head_iou_generated": _head_iou(photo, generated),
    }


def centroid_distance(one: Tensor, other: Tensor) -> float | None:
    """Mean distance of the parts' centroids in percent of the height.

    Args:
        one: part ids `[H, W]`, 0 for background.
        other: as `one`.

    Returns:
        None if no part shows in both.
    """
    distances = [
        torch.linalg.vector_norm(a - b).item()
        for part in range(1, int(torch.maximum(one, other).max()) + 1)
        if (a := _centroid(one == part)) is not None and (b := _centroid(other == part)) is not None
    ]
    return 100 * sum(distances) / len(distances) / one.shape[0] if distances else None


def _centroid(mask: Tensor) -> Tensor | None:
    places = mask.nonzero().float()
    return places.mean(0) if len(places) >= FEWEST_PIXELS else None


def _head_iou(one: BodyChart, other: BodyChart) -> Values:
    values: Values = []
    for a, b in zip(one.part_ids, other.part_ids, strict=True):
        heads = [torch.isin(ids, torch.tensor(HEAD_PARTS, device=ids.device)) for ids in (a, b)]
        union = (heads[0] | heads[1]).sum().item()
        values.append((heads[0] & heads[1]).sum().item() / union if union else None)
    return values


POSE = Measure(METRICS, measure_pose)
