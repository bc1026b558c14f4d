"""Letting a network look at a photo of any size as it looked at its training pictures."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ..fice.images import resize
from ..fice.types import Regions, measure
from .host import HostModel, on_device, to_host
from .wires import Pose


def at_trained_size(photo: Tensor, network: nn.Module) -> Tensor:
    """`photo` `[B, 3, H, W]` at the height `network` knows people at, in its own proportions.

    Convolutions know things by their size: a person twice as large is another thing to them.
    """
    height: int = network.person_height
    width = max(1, round(photo.shape[-1] * height / photo.shape[-2]))
    return resize(photo, (height, width))


def regions_of(segmenter: HostModel, photo: Tensor) -> Regions:
    """The regions of `photo` `[B, 3, H, W]`, at its own size."""
    seen = measure(segmenter.model, at_trained_size(photo, segmenter.model)).seen
    size = (photo.shape[-2], photo.shape[-1])
    return Regions(
        background=resize(seen.background, size),
        body=resize(seen.body, size),
        garment=resize(seen.garment, size),
        head=resize(seen.head, size),
    )


def body_parts(pose: Pose) -> Tensor:
    """The most likely of DensePose's 24 parts per pixel of its chart, 0 = nobody.

    Returns:
        `[B, 1, h, w]` at the size of the chart, as the host keeps pictures.
    """
    network = pose.network.model
    photo = at_trained_size(pose.image.to(on_device(pose.network)), network)
    size = (photo.shape[-2], photo.shape[-1])
    together = [photo] if pose.boxes is None else photo.split(1)
    charts = [measure(pose.perceptor(i, size), part).seen for i, part in enumerate(together)]
    return to_host(torch.cat([chart.part_ids for chart in charts]).unsqueeze(1).float())
