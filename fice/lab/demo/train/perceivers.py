"""Trains the chart network and the region network, on renders and on the generator's pictures."""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ....base.files import StrPath
from ....base.types import BodyChart
from ....networks.perceptors.compact_chart import CompactChart
from ....networks.perceptors.compact_regions import CompactRegions
from ..data import FigureData
from .augment import augment_colours
from .run import Plan, Run, mixed_precision

WEIGHT_DECAY = 1e-3
LOG_EVERY = 100
COORDINATE_WEIGHT = 2.0
COARSE_WEIGHT = 0.5


def chart_loss(chart: BodyChart, part: Tensor, coordinates: Tensor) -> Tensor:
    """Cross-entropy of coarse and fine parts, L1 of u and v on the true part.

    Args:
        chart: logits at `[B, *, h, w]`.
        part: true DensePose part, `[B, h, w]` int64.
        coordinates: true u and v, `[B, 2, h, w]` in [0, 1].
    """
    on_body = part > 0
    coarse = F.cross_entropy(chart.coarse_segm.float(), on_body.long())
    fine = F.cross_entropy(chart.fine_segm.float(), part)
    loss = COARSE_WEIGHT * coarse + fine
    assert chart.u is not None
    assert chart.v is not None
    for axis, predicted in enumerate((chart.u, chart.v)):
        own = predicted.float().gather(1, part[:, None])[:, 0]
        error = ((own - coordinates[:, axis]).abs() * on_body).sum() / on_body.sum()
        loss = loss + COORDINATE_WEIGHT * error
    return loss


def _fit(
    network: nn.Module,
    loss_of: Callable[[Tensor, Tensor], Tensor],
    data: FigureData,
    run: Run,
) -> None:
    network.train().to(memory_format=torch.channels_last)
    for step in run.steps():
        indices = data.draw(run.plan.batch, run.generator)
        image = augment_colours(data.mixed_images(indices, run.generator), run.generator)
        loss = loss_of(image, indices)
        run.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        run.optimizer.step()
        if step % LOG_EVERY == 0:
            run.log(loss=loss.item())
    network.eval()


def _start(network: nn.Module, folder: StrPath, name: str, plan: Plan, seed: int) -> Run:
    optimizer = torch.optim.AdamW(network.parameters(), plan.lr, weight_decay=WEIGHT_DECAY)
    return Run(folder, name, {"network": network}, optimizer, plan, seed)


def train_chart(
    network: CompactChart, data: FigureData, folder: StrPath, *, name: str, plan: Plan, seed: int
) -> CompactChart:
    """Trains `network` in place and returns it."""

    def loss_of(image: Tensor, indices: Tensor) -> Tensor:
        with mixed_precision():
            chart = network.logits(image)
        return chart_loss(chart, data.parts(indices), data.coordinates(indices))

    _fit(network, loss_of, data, _start(network, folder, name, plan, seed))
    return network


def train_regions(
    network: CompactRegions, data: FigureData, folder: StrPath, *, name: str, plan: Plan, seed: int
) -> CompactRegions:
    """Trains `network` in place and returns it."""

    def loss_of(image: Tensor, indices: Tensor) -> Tensor:
        with mixed_precision():
            logits = network.logits(image)
        logits = F.interpolate(
            logits.float(), image.shape[-2:], mode="bilinear", align_corners=False
        )
        return F.cross_entropy(logits, data.regions(indices).long())

    _fit(network, loss_of, data, _start(network, folder, name, plan, seed))
    return network
