"""The folder of a training: its data, and the networks as far as they are trained."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch

from ....networks.encoders.compact import CompactEncoder, CompactEncoderConfig
from ....networks.layers import freeze
from ....networks.perceptors.clip import OpenClip
from ....networks.perceptors.compact_chart import CompactChart, CompactChartConfig
from ....networks.perceptors.compact_regions import CompactRegions, CompactRegionsConfig
from ....networks.stylegan2.generator import Generator
from ..data import FigureData
from ..latents import LatentBasis
from ..reader import AttributeReader, ReaderConfig
from .clip import build_clip, collect_vocabulary
from .generator import build_generator

NetworkT = TypeVar("NetworkT", bound=torch.nn.Module)

REGION_WIDTHS = (16, 28, 48, 64)
JUDGE_WIDTHS = (16, 28, 48, 64)
# Narrower than the CLIP that guides, and at another size.
JUDGE_CLIP_WIDTH, JUDGE_CLIP_SIZE = 12, 96


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
