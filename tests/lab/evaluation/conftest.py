"""A folder of tiny photos with texts, and tiny judges."""

from __future__ import annotations

import csv

import pytest
import torch

import fice.lab.evaluation.evaluate
import fice.lab.evaluation.unit_work
from fice.base.images import write_image
from fice.lab.evaluation.judges import Judges
from fice.networks.perceptors.compact_chart import CompactChart, CompactChartConfig

SIDE = 16
TEXTS = ("red", "green", "blue", "red shirt", "a green one")


@pytest.fixture
def photos(tmp_path):
    """Photos 0.png to 4.png, whose texts lie in pairs.csv."""
    folder = tmp_path / "photos"
    random = torch.Generator().manual_seed(3)
    for index in range(len(TEXTS)):
        write_image(folder / f"{index}.png", torch.rand(3, SIDE, SIDE, generator=random))
    with (folder / "pairs.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["image", "text", "source_text"])
        writer.writerows([f"{i}.png", text, "blue"] for i, text in enumerate(TEXTS))
    return folder


@pytest.fixture
def judges(tiny_models):
    torch.manual_seed(5)
    chart = CompactChart(CompactChartConfig(widths=(4, 8))).eval().requires_grad_(False)
    return Judges(clip=tiny_models.clip, chart=chart)


@pytest.fixture
def tiny_world(monkeypatch, tiny_models, judges):
    """Lets evaluations in this process use the tiny networks."""
    for module in (fice.lab.evaluation.evaluate, fice.lab.evaluation.unit_work):
        monkeypatch.setattr(module, "load_models", lambda _: tiny_models)
        monkeypatch.setattr(module, "open_judges", lambda *_: judges)
