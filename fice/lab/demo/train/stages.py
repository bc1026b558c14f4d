"""The stages of the training, in the order in which each finds what it needs."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TypeVar

import torch

from ....demo.world.dataset import HELD_OUT_SEED, render_dataset
from ....networks.perceptors.compact_chart import CompactChart, CompactChartConfig
from ....networks.perceptors.compact_regions import CompactRegions, CompactRegionsConfig
from ..reader import AttributeReader, ReaderConfig
from .clip import build_clip, collect_vocabulary, train_clip
from .encoder import train_codes, train_pictures
from .export import export
from .generator import GROWTH, POLISH, build_generator, train_generator
from .mapping import train_mapping
from .perceivers import train_chart, train_regions
from .reader import train_reader
from .run import Plan
from .samples import draw_samples
from .workshop import JUDGE_WIDTHS, REGION_WIDTHS, Workshop

NetworkT = TypeVar("NetworkT", bound=torch.nn.Module)

FIGURES = 48_000
HELD_OUT_FIGURES = 2048
MAPPING_FIGURES = 400_000
SAMPLES = 4_000

# Everything that looks at pictures sees renders and the generator's pictures, half and half.
CHART_PLAN = Plan(steps=1200, batch=24, lr=3e-3)
REGIONS_PLAN = Plan(steps=2000, batch=24, lr=3e-3)
JUDGE_PLAN = Plan(steps=900, batch=24, lr=3e-3)
READER_PLAN = Plan(steps=1500, batch=48, lr=3e-3)
CLIP_PLAN = Plan(steps=1500, batch=128, lr=1e-3, flat=0.2, warmup=200)
CLIP_TUNING = Plan(steps=300, batch=128, lr=5e-4, flat=0.0)
# The CLIP that guides nothing: narrower, at another size, with another seed.
JUDGE_CLIP_PLAN = Plan(steps=500, batch=128, lr=1.5e-3, flat=0.2, warmup=100)
ENCODER_CODES_PLAN = Plan(steps=900, batch=64, lr=2e-3)
ENCODER_PLAN = Plan(steps=1200, batch=24, lr=1e-3, flat=0.1)


def _dataset(shop: Workshop) -> None:
    render_dataset(shop.folder / "heldout", HELD_OUT_SEED, HELD_OUT_FIGURES, processes=2)
    render_dataset(shop.folder / "figures", 0, FIGURES, processes=2)


def _generator(shop: Workshop) -> None:
    torch.manual_seed(1)
    generator = build_generator(shop.basis.axes.shape[1])
    train_generator(generator, shop.data, shop.held_out, shop.basis, shop.folder, GROWTH)


def _polish(shop: Workshop) -> None:
    generator = build_generator(shop.basis.axes.shape[1])
    generator.load_state_dict(shop.weights("generator", "average"))
    train_generator(generator, shop.data, shop.held_out, shop.basis, shop.folder, POLISH)


def _mapping(shop: Workshop) -> None:
    mapping = build_generator(shop.basis.axes.shape[1]).mapping
    train_mapping(mapping, shop.basis, shop.folder, first_seed=1_000_000, count=MAPPING_FIGURES)


def _chart(shop: Workshop) -> None:
    network = CompactChart(CompactChartConfig())
    train_chart(network, shop.mixed, shop.folder, name="chart", plan=CHART_PLAN, seed=3)


def _regions(shop: Workshop) -> None:
    network = CompactRegions(CompactRegionsConfig(REGION_WIDTHS))
    train_regions(network, shop.mixed, shop.folder, name="regions", plan=REGIONS_PLAN, seed=4)


def _judge(shop: Workshop) -> None:
    network = CompactChart(CompactChartConfig(JUDGE_WIDTHS))
    train_chart(network, shop.mixed, shop.folder, name="judge", plan=JUDGE_PLAN, seed=5)


def _reader(shop: Workshop) -> None:
    network = AttributeReader(ReaderConfig())
    train_reader(network, shop.mixed, shop.held_out, shop.folder, plan=READER_PLAN, seed=6)


def _clip(shop: Workshop) -> None:
    guide = build_clip(collect_vocabulary(shop.data.attributes))
    train_clip(guide, shop.data, shop.held_out, shop.folder, name="clip", plan=CLIP_PLAN, seed=7)


def _tune_clip(shop: Workshop) -> None:
    name, plan = "clip_tuned", CLIP_TUNING
    train_clip(shop.clip(), shop.mixed, shop.held_out, shop.folder, name=name, plan=plan, seed=17)


def _judge_clip(shop: Workshop) -> None:
    name, plan = "judge_clip", JUDGE_CLIP_PLAN
    guide = shop.judge_clip()
    train_clip(guide, shop.mixed, shop.held_out, shop.folder, name=name, plan=plan, seed=27)


def _samples(shop: Workshop) -> None:
    draw_samples(shop.generator(), shop.basis, shop.data, SAMPLES, shop.folder / "samples.npy")


def _encoder_codes(shop: Workshop) -> None:
    train_codes(shop.encoder(), shop.basis, shop.data, shop.folder, plan=ENCODER_CODES_PLAN, seed=8)


def _encoder(shop: Workshop) -> None:
    train_pictures(
        shop.encoder("encoder_codes"),
        shop.generator(),
        shop.basis,
        shop.mixed,
        shop.held_out,
        shop.folder,
        plan=ENCODER_PLAN,
        seed=18,
    )


def _export(shop: Workshop) -> None:
    # Imported here: it needs the workshop of this module.
    for name, size in export(shop).items():
        sys.stdout.write(f"{name} {size}\n")


STAGES: dict[str, Callable[[Workshop], None]] = {
    "dataset": _dataset,
    "generator": _generator,
    "polish": _polish,
    "mapping": _mapping,
    "samples": _samples,
    "regions": _regions,
    "chart": _chart,
    "reader": _reader,
    "judge": _judge,
    "clip": _clip,
    "clip-tuned": _tune_clip,
    "judge-clip": _judge_clip,
    "encoder-codes": _encoder_codes,
    "encoder": _encoder,
    "export": _export,
}
"""Name to stage, in order."""
