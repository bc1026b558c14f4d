"""What DensePose sees in photos of any size, as the host keeps pictures."""

from __future__ import annotations

import torch
from torch import Tensor

from ...fice.base.trained_size import at_trained_size
from ...fice.base.types import measure
from .models import on_device, to_host
from .wires import Pose


def body_parts(pose: Pose) -> Tensor:
    """The most likely of DensePose's 24 parts per pixel of its chart, 0 = nobody.

    Returns:
        `[B, 1, h, w]` at the size of the chart.
    """
    network = pose.network.model
    photo = at_trained_size(pose.image.to(on_device(pose.network)), network)
    size = (photo.shape[-2], photo.shape[-1])
    together = [photo] if pose.boxes is None else photo.split(1)
    charts = [measure(pose.perceptor(i, size), part).seen for i, part in enumerate(together)]
    return to_host(torch.cat([chart.part_ids for chart in charts]).unsqueeze(1).float())
