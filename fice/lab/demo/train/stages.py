"""The stages of the training, in the order in which each finds what it needs."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch

from ....demo.world.dataset import HELD_OUT_SEED, render_dataset
from ....networks.encoders.compact import CompactEncoder, CompactEncoderConfig
from ....networks.layers import freeze
from ....networks.perceptors.clip import OpenClip
from ....networks.perceptors.compact_chart import CompactChart, CompactChartConfig
from ....networks.perceptors.compact_regions import CompactRegions, CompactRegionsConfig
from ....networks.stylegan2.generator import Generator
from ..data import FigureData
from ..latents import LatentBasis
from ..reader import AttributeReader, ReaderConfig
from .clip import build_clip, collect_vocabulary, train_clip
from .encoder import train_codes, train_pictures
from .generator import GROWTH, POLISH, build_generator, train_generator
from .mapping import train_mapping
from .perceivers import train_chart, train_regions
from .reader import train_reader
from .run import Plan
from .samples import draw_samples

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
JUDGE_CLIP_WIDTH, JUDGE_CLIP_SIZE = 12, 96
ENCODER_CODES_PLAN = Plan(steps=900, batch=64, lr=2e-3)
ENCODER_PLAN = Plan(steps=1200, batch=24, lr=1e-3, flat=0.1)
REGION_WIDTHS = (16, 28, 48, 64)
JUDGE_WIDTHS = (16, 28, 48, 64)


@dataclass(frozen=True)
class Workshop:
    """The training folder: data, checkpoints, curves."""

    folder: Path

    @cached_property
    def data(self) -> FigureData:
        """Renders to train on."""
        return FigureData.load(self.folder / "figures")

    @cached_property
    def mixed(self) -> FigureData:
        """Renders and the generator's pictures of the same figures."""
        return FigureData.load(self.folder / "figures", self.folder / "samples.npy")

    @cached_property
    def held_out(self) -> FigureData:
        """Renders never trained on."""
        return FigureData.load(self.folder / "heldout")

    @cached_property
    def basis(self) -> LatentBasis:
        """The latent space W."""
        return LatentBasis.fit(np.asarray(self.data.arrays.factors))

    def weights(self, name: str, key: str) -> dict[str, torch.Tensor]:
        """State dict `key` of the checkpoint of stage `name`."""
        saved = torch.load(self.folder / f"{name}.pt", weights_only=True)
        return saved["modules"][key]

    def generator(self) -> Generator:
        """The trained generator with its mapping network where that is trained too."""
        generator = build_generator(self.basis.axes.shape[1])
        finished = "polish" if (self.folder / "polish.pt").is_file() else "generator"
        generator.load_state_dict(self.weights(finished, "average"))
        if (self.folder / "mapping.pt").is_file():
            generator.mapping.load_state_dict(self.weights("mapping", "mapping"))
        return freeze(generator)

    def chart(self, name: str = "chart", widths: tuple[int, ...] | None = None) -> CompactChart:
        """The chart network of stage `name`, untrained if that has not run."""
        config = CompactChartConfig() if widths is None else CompactChartConfig(widths)
        return self._restored(CompactChart(config), name, "network")

    def regions(self, name: str = "regions") -> CompactRegions:
        """The region network of stage `name`, untrained if that has not run."""
        return self._restored(CompactRegions(CompactRegionsConfig(REGION_WIDTHS)), name, "network")

    def reader(self, name: str = "reader") -> AttributeReader:
        """The attribute reader of stage `name`, untrained if that has not run."""
        return self._restored(AttributeReader(ReaderConfig()), name, "network")

    def clip(self, name: str = "clip") -> OpenClip:
        """The guiding CLIP of stage `name`, untrained if that has not run."""
        return self._trained_clip(build_clip(collect_vocabulary(self.data.attributes)), name)

    def judge_clip(self) -> OpenClip:
        """The CLIP that guides nothing, untrained if its stage has not run."""
        vocabulary = collect_vocabulary(self.data.attributes)
        guide = build_clip(vocabulary, width=JUDGE_CLIP_WIDTH, image_size=JUDGE_CLIP_SIZE)
        return self._trained_clip(guide, "judge_clip")

    def _trained_clip(self, guide: OpenClip, name: str) -> OpenClip:
        if (self.folder / f"{name}.pt").is_file():
            guide.model.load_state_dict(self.weights(name, "model"))
        return guide

    def encoder(self, name: str = "encoder") -> CompactEncoder:
        """The encoder of stage `name`, untrained if that has not run."""
        num_ws = build_generator(self.basis.axes.shape[1]).num_ws
        encoder = CompactEncoder(CompactEncoderConfig(num_ws, self.basis.axes.shape[1]))
        return self._restored(encoder, name, "network")

    def _restored(self, network: NetworkT, name: str, key: str) -> NetworkT:
        if (self.folder / f"{name}.pt").is_file():
            network.load_state_dict(self.weights(name, key))
        return network


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
    from .export import export

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
