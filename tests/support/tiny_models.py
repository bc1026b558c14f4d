"""A complete model set of tiny random networks, so that host tests need no trained weights."""

from __future__ import annotations

from pathlib import Path

import torch
from open_clip.tokenizer import SimpleTokenizer

from fice.base.fingerprint import fingerprint_state
from fice.checkpoints import save_module
from fice.checkpoints.native import save_native
from fice.networks.encoders.compact import CompactEncoder, CompactEncoderConfig
from fice.networks.perceptors.clip import OpenClip
from fice.networks.perceptors.clip_model import ClipConfig
from fice.networks.perceptors.clip_tokens import END_TOKEN, START_TOKEN
from fice.networks.perceptors.compact_chart import CompactChart, CompactChartConfig
from fice.networks.perceptors.compact_regions import CompactRegions, CompactRegionsConfig
from fice.networks.stylegan2.config import GeneratorConfig
from fice.networks.stylegan2.generator import Generator

RESOLUTION = 64
WORDS = "a red blue green striped dress shirt with long sleeves"
WIDTHS = (8, 12, 16)
CERTAIN = 40.0  # logits that no image can outvote


def write_model_set(
    folder: Path, *, seed: int = 0, sees_people: bool = True, w_dim: int = 16
) -> None:
    """Writes the five files of a set.

    Args:
        folder: where to.
        seed: another number is another generator.
        sees_people: whether DensePose finds a person in every photo, or in none.
        w_dim: size of a latent code.
    """
    torch.manual_seed(seed)
    generator = _generator(w_dim)
    state = generator.state_dict()
    save_native(folder / "generator.safetensors", "stylegan2", generator.config.to_json(), state)
    encoder = _encoder(generator.num_ws, w_dim, fingerprint_state(state))
    save_module(folder / "encoder.safetensors", "compact_encoder", encoder)
    save_module(folder / "clip.safetensors", "clip", _clip())
    save_module(folder / "chart.safetensors", "compact_chart", _chart(sees_people))
    save_module(folder / "regions.safetensors", "compact_regions", _regions())


def _generator(w_dim: int) -> Generator:
    heights = (4, 8, 16, 32, RESOLUTION)
    config = GeneratorConfig(
        z_dim=16,
        w_dim=w_dim,
        resolution=RESOLUTION,
        channels=dict.fromkeys(heights, 8),
        num_mapping_layers=2,
    )
    return Generator(config)


def _encoder(num_ws: int, w_dim: int, fingerprint: str) -> CompactEncoder:
    config = CompactEncoderConfig(
        num_ws=num_ws,
        w_dim=w_dim,
        image_size=(RESOLUTION, RESOLUTION),
        widths=WIDTHS,
        hidden=16,
        generator_fingerprint=fingerprint,
    )
    return CompactEncoder(config)


def _clip() -> OpenClip:
    vocabulary = tuple(sorted({*SimpleTokenizer().encode(WORDS), START_TOKEN, END_TOKEN}))
    config = ClipConfig(
        embed_dim=8,
        vision_cfg={"image_size": 32, "layers": (1, 1, 1, 1), "width": 8},
        text_cfg={
            "context_length": 16,
            "vocab_size": len(vocabulary),
            "width": 16,
            "heads": 2,
            "layers": 1,
        },
        vocabulary=vocabulary,
    )
    return OpenClip(config)


def _chart(sees_people: bool) -> CompactChart:
    chart = CompactChart(CompactChartConfig(WIDTHS))
    with torch.no_grad():
        chart.coarse_segm.bias[1] += CERTAIN if sees_people else -CERTAIN
        chart.fine_segm.weight *= CERTAIN
        chart.fine_segm.bias[0] -= CERTAIN
    return chart


def _regions() -> CompactRegions:
    """Regions that follow the brightness of the photo, so that some of it is garment."""
    regions = CompactRegions(CompactRegionsConfig(WIDTHS))
    with torch.no_grad():
        regions.classes.weight *= CERTAIN
    return regions
