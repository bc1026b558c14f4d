"""Puts the trained networks into the package, as half-precision weight files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import torch

from ....base.files import StrPath
from ....checkpoints import save_generator, save_module
from ....checkpoints.native import read_native, save_native
from ....networks.layers import freeze
from ....networks.stylegan2.generator import Generator
from ....pipeline.model_files import DEMO_WEIGHTS
from ..judges import BASIS_KIND, READER_KIND
from .workshop import JUDGE_WIDTHS, Workshop

METADATA = {
    "licence": "MIT",
    "origin": "trained on procedurally rendered figures, see fice/demo/README.md",
}
HALF = torch.float16


def export(shop: Workshop, folder: StrPath = DEMO_WEIGHTS) -> dict[str, int]:
    """Writes all weight files; returns their sizes in bytes."""
    folder = Path(folder)
    generator = _with_statistics(shop)
    path = folder / "generator.safetensors"
    save_generator(path, generator, dtype=HALF, metadata=METADATA)
    fingerprint = read_native(path).fingerprint
    encoder = shop.encoder()
    encoder.config = replace(encoder.config, generator_fingerprint=fingerprint)
    modules = {
        "encoder": ("compact_encoder", encoder),
        "clip": ("clip", shop.clip("clip_tuned")),
        "chart": ("compact_chart", shop.chart()),
        "regions": ("compact_regions", shop.regions()),
        "judge_chart": ("compact_chart", shop.chart("judge", JUDGE_WIDTHS)),
        "judge_reader": (READER_KIND, shop.reader()),
        "judge_clip": ("clip", shop.judge_clip()),
    }
    for name, (kind, module) in modules.items():
        target = folder / f"{name}.safetensors"
        save_module(target, kind, freeze(module), dtype=HALF, metadata=METADATA)
    basis = folder / "judge_basis.safetensors"
    save_native(basis, BASIS_KIND, {}, shop.basis.state(), metadata=METADATA)
    return {path.name: path.stat().st_size for path in sorted(folder.glob("*.safetensors"))}


def _with_statistics(shop: Workshop) -> Generator:
    generator = shop.generator()
    w = shop.basis.to_w(shop.data.factors)
    generator.mapping.w_avg.copy_(w.mean(0))
    generator.mapping.w_std = w.std(0)
    return generator
