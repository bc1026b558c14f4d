"""Trains the W+ encoder: first to the known codes, then through the generator to the picture."""

from __future__ import annotations

from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from fice.demo.data import FigureData
from fice.demo.latents import LatentBasis
from fice.demo.metrics import psnr
from fice.demo.train.run import Plan, Run
from fice.encoders.compact import CompactEncoder
from fice.stylegan2.generator import Generator

SMALLEST_STD = 0.05  # directions that hardly vary must not dominate the regression
PICTURE_FROM = 0.4  # share of the training after which the picture counts too
REGRESSION_BATCH = 64
CODE_WEIGHT, PICTURE_WEIGHT, SPREAD_WEIGHT = 0.15, 5.0, 0.02
LOG_EVERY = 100
TEST_EVERY = 500
TEST_COUNT = 256


@torch.no_grad()
def inversion_psnr(encoder: CompactEncoder, generator: Generator, held_out: FigureData) -> float:
    """PSNR in dB of `generator(encoder(render))` against the render, on held-out figures."""
    encoder.eval()
    image = held_out.images(torch.arange(TEST_COUNT))
    rebuilt = [generator.synthesize(encoder(part)).clamp(0, 1) for part in image.split(32)]
    return psnr(torch.cat(rebuilt), image)


def picture_loss(rebuilt: Tensor, image: Tensor) -> Tensor:
    """L1 at three scales."""
    difference = rebuilt - image
    loss = difference.abs().mean()
    for _ in range(2):
        difference = F.avg_pool2d(difference, 2)
        loss = loss + difference.abs().mean()
    return loss


def train_encoder(  # noqa: PLR0913
    encoder: CompactEncoder,
    generator: Generator,
    basis: LatentBasis,
    data: FigureData,
    held_out: FigureData,
    folder: Path,
    *,
    plan: Plan,
    seed: int,
    name: str = "encoder",
    picture_from: float = PICTURE_FROM,
) -> CompactEncoder:
    """Trains `encoder` in place and returns it."""
    w = basis.to_w(data.factors)
    scale = w.std(0).clamp_min(SMALLEST_STD)
    encoder.set_statistics(w.mean(0), scale)
    encoder.to(memory_format=torch.channels_last)
    generator.to(memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW(encoder.parameters(), plan.lr, weight_decay=1e-3)
    run = Run(folder, name, {"network": encoder}, optimizer, plan, seed)
    for step in run.steps():
        encoder.train()
        with_picture = step >= picture_from * plan.steps
        indices = data.draw(plan.batch if with_picture else REGRESSION_BATCH, run.generator)
        image = data.mixed_images(indices, run.generator)
        noisy = image + 0.01 * torch.randn(image.shape, generator=run.generator)
        with torch.autocast("cpu", torch.bfloat16):
            predicted = encoder.standardised(noisy).float()
        target = ((w[indices] - encoder.w_mean[0]) / scale)[:, None]
        code = (predicted - target).square().mean()
        loss, picture = code, torch.zeros(())
        if with_picture:
            ws = predicted * encoder.w_std + encoder.w_mean
            rebuilt = generator.synthesis(ws, dtype=torch.bfloat16) * 0.5 + 0.5
            picture = picture_loss(rebuilt, image)
            spread = (predicted - predicted.mean(1, keepdim=True)).square().mean()
            loss = CODE_WEIGHT * code + 2 * PICTURE_WEIGHT * picture + SPREAD_WEIGHT * spread
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        if step % LOG_EVERY == 0:
            run.log(code=code.item(), picture=picture.item())
        if step % TEST_EVERY == TEST_EVERY - 1:
            run.log(psnr=inversion_psnr(encoder, generator, held_out))
    return encoder.eval()
