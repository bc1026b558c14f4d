"""The training itself."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ....base.files import StrPath
from ....networks.perceptors.photo_regions import PhotoRegions
from ...demo.train.run import Plan, Run, mixed_precision, update_average
from ..dataset import Bytes, PhotoData
from ..metrics import overlaps
from .augment import Augmenter
from .loss import loss_of

GROWTH = ((0.3, (192, 128)), (0.75, (256, 176)), (1.0, (384, 256)))
"""Up to which share of the steps pictures have which height and width."""
WEIGHT_DECAY = 0.02
HORIZON = 400.0  # steps over which the weights are averaged
CLIP = 5.0
EVERY = 50  # steps between lines of the curve
LOOK_EVERY = 500  # steps between looks at the photos for development
CLASS_WEIGHTS = (0.6, 1.3, 1.5, 1.2, 1.0, 0.9, 1.1, 1.0, 1.2)
"""About the fourth root of how rare each class is."""


@dataclass(frozen=True)
class Course:
    """A plan and what changes on the way.

    Attributes:
        plan: steps and learning rate.
        growth: see `GROWTH`.
        doubting: share of the steps after which labels are doubted.
        name: of its curve and checkpoint.
        start: checkpoint whose averaged weights it begins with, None = from scratch.
    """

    plan: Plan
    growth: tuple[tuple[float, tuple[int, int]], ...] = GROWTH
    doubting: float = 0.65
    name: str = "photos"
    start: str | None = None
    seed: int = 11


def train(
    network: PhotoRegions, data: PhotoData, development: PhotoData, folder: StrPath, course: Course
) -> PhotoRegions:
    """Trains `network` in place, or goes on where it stopped; returns the average of its weights.

    Args:
        network: to be trained.
        data: to be trained on.
        development: looked at now and then, for the curve only.
        folder: for the checkpoint and the curve.
        course: how long, and how.
    """
    if course.start is not None:
        saved = torch.load(Path(folder) / f"{course.start}.pt", weights_only=True)
        network.load_state_dict(saved["modules"]["average"])
    network.train().to(memory_format=torch.channels_last)
    average = copy.deepcopy(network).eval().requires_grad_(False)
    plan = course.plan
    optimizer = torch.optim.AdamW(network.parameters(), plan.lr, weight_decay=WEIGHT_DECAY)
    modules = {"network": network, "average": average}
    run = Run(folder, course.name, modules, optimizer, plan, course.seed)
    weights = torch.tensor(CLASS_WEIGHTS)
    augmenter = Augmenter.over(data)
    for step in run.steps():
        share = step / plan.steps
        size = next(one for end, one in course.growth if share < end)
        random = np.random.default_rng((course.seed, step))
        photos, classes = augmenter.draw(random, plan.batch, size)
        with mixed_precision():
            logits = network.logits(as_images(photos))
        doubt = share >= course.doubting
        loss = loss_of(logits.float(), torch.from_numpy(classes).long(), weights, doubt=doubt)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), CLIP)
        optimizer.step()
        update_average(average, network, step, HORIZON)
        if step % LOOK_EVERY == LOOK_EVERY - 1:
            run.log(loss=loss.item(), **look(average, development, size))
        elif step % EVERY == 0:
            run.log(loss=loss.item())
    return average


def look(network: PhotoRegions, data: PhotoData, size: tuple[int, int]) -> dict[str, float]:
    """Overlaps on `data`, shown in `size`."""
    network.eval()
    pairs: list[tuple[Bytes, Bytes]] = []
    with torch.no_grad(), mixed_precision():
        for photo, true in zip(data.photos, data.classes, strict=True):
            shown = torch.nn.functional.interpolate(
                as_images(photo[None]), size, mode="bilinear", antialias=True, align_corners=False
            )
            logits = network.logits(shown).float()
            full = torch.nn.functional.interpolate(logits, true.shape, mode="bilinear")
            pairs.append((full[0].argmax(0).numpy().astype(np.uint8), np.asarray(true)))
    return overlaps(pairs)


def as_images(photos: Bytes) -> Tensor:
    """`[B, 3, h, w]` in [0, 1] of bytes `[B, h, w, 3]`."""
    pixels = torch.from_numpy(np.ascontiguousarray(photos))
    return pixels.permute(0, 3, 1, 2).float().div(255.0)
