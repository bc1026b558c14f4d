"""Trains the attribute reader that judges edits."""

from __future__ import annotations

from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from fice.demo.data import FigureData
from fice.demo.reader import READER_CLASSES, AttributeReader
from fice.demo.train.augment import augment_colours
from fice.demo.train.run import Plan, Run

LOG_EVERY = 100


@torch.no_grad()
def accuracy(
    reader: AttributeReader, images: Tensor, data: FigureData, indices: Tensor
) -> dict[str, float]:
    """Share of right answers per attribute, over figures of which it is unambiguous.

    Args:
        reader: the judge.
        images: `[N, 3, H, W]` pictures of the figures `indices` of `data`.
        data: the figures.
        indices: `[N]`.
    """
    reader.eval()
    parts = [reader(part) for part in images.split(64)]
    result: dict[str, float] = {}
    for name in READER_CLASSES:
        guess = torch.cat([part[name] for part in parts]).argmax(1)
        truth = data.labels(name, indices)
        known = truth >= 0
        result[name] = (guess == truth)[known].float().mean().item()
    return result


def train_reader(
    reader: AttributeReader,
    data: FigureData,
    held_out: FigureData,
    folder: Path,
    *,
    plan: Plan,
    seed: int,
    name: str = "reader",
) -> AttributeReader:
    """Trains `reader` in place and returns it."""
    optimizer = torch.optim.AdamW(reader.parameters(), plan.lr, weight_decay=1e-3)
    reader.to(memory_format=torch.channels_last)
    run = Run(folder, name, {"network": reader}, optimizer, plan, seed)
    for step in run.steps():
        reader.train()
        indices = data.draw(plan.batch, run.generator)
        image = augment_colours(data.mixed_images(indices, run.generator), run.generator)
        with torch.autocast("cpu", torch.bfloat16):
            logits = reader(image)
        losses = [
            F.cross_entropy(logits[key].float(), data.labels(key, indices), ignore_index=-1)
            for key in READER_CLASSES
        ]
        loss = torch.stack(losses).sum()
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        if step % LOG_EVERY == 0:
            run.log(loss=loss.item())
    indices = torch.arange(min(1024, len(held_out)))
    run.log(**accuracy(reader, held_out.images(indices), held_out, indices))
    return reader.eval()
