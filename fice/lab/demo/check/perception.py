"""How well the chart networks, the region network and the reader see."""

from __future__ import annotations

import torch
from torch import Tensor

from ....base.types import BodyChart, Perceptor, Regions
from ....networks.perceptors.compact_regions import REGION_CLASSES
from ..data import FigureData
from ..metrics import class_iou, foreground_accuracy
from ..reader import READER_CLASSES, AttributeReader

BATCH = 32
NUM_PARTS = 25


@torch.no_grad()
def region_iou(
    segmenter: Perceptor[Regions], images: Tensor, held_out: FigureData
) -> dict[str, float]:
    """IoU of background, body, garment and head at full resolution."""
    guess = torch.cat([_classes(segmenter(part)) for part in images.split(BATCH)])
    truth = held_out.regions(torch.arange(len(images))).long()
    values = class_iou(guess, truth, len(REGION_CLASSES)).tolist()
    return dict(zip(REGION_CLASSES, values, strict=True))


def _classes(regions: Regions) -> Tensor:
    skin = regions.body - regions.garment
    return torch.cat([regions.background, skin, regions.garment, regions.head], 1).argmax(1)


@torch.no_grad()
def chart_figures(
    chart: Perceptor[BodyChart], images: Tensor, held_out: FigureData
) -> dict[str, float]:
    """Mean part IoU, foreground accuracy and mean error of u and v, at half resolution."""
    charts = [chart(part) for part in images.split(BATCH)]
    guess = torch.cat([one.fine_segm.argmax(1) for one in charts])
    indices = torch.arange(len(images))
    truth = held_out.parts(indices)
    present = torch.bincount(truth.flatten(), minlength=NUM_PARTS) > 0
    coordinates = held_out.coordinates(indices)
    on_body = truth > 0
    errors: list[Tensor] = []
    for axis in range(2):
        values = torch.cat([_coordinate(one, axis) for one in charts])
        own = values.gather(1, truth[:, None])[:, 0]
        errors.append((own - coordinates[:, axis]).abs()[on_body].mean())
    return {
        "part_iou": class_iou(guess, truth, NUM_PARTS)[present].nanmean().item(),
        "foreground_accuracy": foreground_accuracy(guess, truth),
        "uv_error": torch.stack(errors).mean().item(),
    }


def _coordinate(chart: BodyChart, axis: int) -> Tensor:
    values = (chart.u, chart.v)[axis]
    assert values is not None
    return values


@torch.no_grad()
def reader_accuracy(
    reader: AttributeReader, images: Tensor, held_out: FigureData
) -> dict[str, float]:
    """Share of right answers per attribute, over figures of which it is unambiguous."""
    parts = [reader(part) for part in images.split(BATCH)]
    indices = torch.arange(len(images))
    result: dict[str, float] = {}
    for name in READER_CLASSES:
        guess = torch.cat([part[name] for part in parts]).argmax(1)
        truth = held_out.labels(name, indices)
        known = truth >= 0
        result[name] = (guess == truth)[known].float().mean().item()
    return result
