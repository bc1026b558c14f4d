"""Tiny networks that together can do a whole edit in a fraction of a second."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from fice.base.errors import TextError
from fice.base.types import Regions
from fice.networks.encoders.compact import CompactEncoder, CompactEncoderConfig
from fice.networks.perceptors.compact_chart import CompactChart, CompactChartConfig
from fice.networks.stylegan2 import Generator, GeneratorConfig
from fice.pipeline.models import ModelSet

SIDE = 16


COLOURS = {"red": (1.0, 0.0, 0.0), "green": (0.0, 1.0, 0.0), "blue": (0.0, 0.0, 1.0)}


class TinyClip:
    """Mean colour, the centre counting most, against the colour that a text names."""

    fingerprint = "tiny-clip"

    def encode_image(self, image):
        ramps = [torch.linspace(-2.5, 2.5, side) for side in image.shape[-2:]]
        focus = torch.outer(*(torch.exp(-(ramp**2)) for ramp in ramps))
        return nn.functional.normalize((image * focus).mean((2, 3)), dim=1)

    def encode_text(self, texts):
        known = [[word for word in text.split() if word in COLOURS] for text in texts]
        if not all(known):
            raise TextError("No word of the text is known; name a colour.")
        return torch.tensor([COLOURS[words[0]] for words in known])

    def ignored_words(self, text):
        return tuple(word for word in text.split() if word not in COLOURS)


class TinySegmenter:
    """A head on a garment on a background, always in the same place."""

    def __call__(self, image):
        height, width = image.shape[-2:]
        base = torch.zeros(1, 3, height, width)
        base[:, 1, height // 2 :, width // 4 : -(width // 4)] = 20.0
        base[:, 2, : height // 4, width // 4 : -(width // 4)] = 20.0
        base[:, 0] = 10.0
        logits = (
            base + 0.1 * image.mean(1, keepdim=True) * torch.tensor([1.0, 2.0, 3.0])[:, None, None]
        )
        background, garment, head = logits.softmax(1).split(1, 1)
        return Regions(background, garment, garment, head)


@pytest.fixture(scope="session")
def tiny_models():
    torch.manual_seed(0)
    generator = Generator(
        GeneratorConfig(
            z_dim=8, w_dim=8, resolution=SIDE, channels={4: 8, 8: 8, 16: 8}, num_mapping_layers=2
        ),
        fingerprint="tiny-generator",
    ).freeze()
    encoder = CompactEncoder(
        CompactEncoderConfig(generator.num_ws, 8, (SIDE, SIDE), widths=(4, 8), hidden=8)
    )
    chart = CompactChart(CompactChartConfig(widths=(4, 8)))
    return ModelSet(
        generator,
        encoder.eval().requires_grad_(False),
        TinyClip(),
        chart.eval().requires_grad_(False),
        TinySegmenter(),
        name="tiny",
    )


@pytest.fixture
def photo():
    return torch.rand(3, SIDE, SIDE, generator=torch.Generator().manual_seed(1))
