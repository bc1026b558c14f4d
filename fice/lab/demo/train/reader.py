"""Trains the attribute reader that judges edits."""

from __future__ import annotations

import torch
import torch.nn.functional as F

from ....base.files import StrPath
from ..check.perception import reader_accuracy
from ..data import FigureData
from ..reader import READER_CLASSES, AttributeReader
from .augment import augment_colours
from .run import Plan, Run, mixed_precision

LOG_EVERY = 100
TEST_COUNT = 1024


def train_reader(
    reader: AttributeReader,
    data: FigureData,
    held_out: FigureData,
    folder: StrPath,
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
        with mixed_precision():
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
    reader.eval()
    run.log(**reader_accuracy(reader, held_out.images(torch.arange(TEST_COUNT)), held_out))
    return reader
