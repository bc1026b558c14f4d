"""Trains the W+ encoder: first to the known codes, then through the generator to the picture."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from ....base.files import StrPath
from ....networks.encoders.compact import CompactEncoder
from ....networks.stylegan2.generator import Generator
from ..data import FigureData
from ..latents import LatentBasis
from ..metrics import psnr
from .run import Plan, Run, mixed_precision, training_dtype

SMALLEST_STD = 0.05  # directions that hardly vary must not dominate the regression
NOISE = 0.01
CODE_WEIGHT, PICTURE_WEIGHT, SPREAD_WEIGHT = 0.15, 10.0, 0.02
LOG_EVERY = 100
TEST_EVERY = 400
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


def train_codes(
    encoder: CompactEncoder,
    basis: LatentBasis,
    data: FigureData,
    folder: StrPath,
    *,
    plan: Plan,
    seed: int,
) -> CompactEncoder:
    """Regression from renders to the known codes; trains `encoder` in place and returns it."""
    w = basis.to_w(data.factors)
    encoder.set_statistics(w.mean(0), w.std(0).clamp_min(SMALLEST_STD))
    run = _start(encoder, folder, "encoder_codes", plan, seed)
    for step in run.steps():
        encoder.train()
        indices = data.draw(plan.batch, run.generator)
        predicted = _predict(encoder, data.images(indices), run.generator)
        loss = _code_loss(encoder, predicted, w[indices])
        run.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        run.optimizer.step()
        if step % LOG_EVERY == 0:
            run.log(code=loss.item())
    return encoder.eval()


def train_pictures(
    encoder: CompactEncoder,
    generator: Generator,
    basis: LatentBasis,
    data: FigureData,
    held_out: FigureData,
    folder: StrPath,
    *,
    plan: Plan,
    seed: int,
) -> CompactEncoder:
    """Trains a regressed `encoder` through the generator, in place, and returns it."""
    w = basis.to_w(data.factors)
    generator.to(memory_format=torch.channels_last)
    run = _start(encoder, folder, "encoder", plan, seed)
    for step in run.steps():
        encoder.train()
        indices = data.draw(plan.batch, run.generator)
        image = data.mixed_images(indices, run.generator)
        predicted = _predict(encoder, image, run.generator)
        ws = predicted * encoder.w_std + encoder.w_mean
        rebuilt = generator.synthesis(ws, dtype=training_dtype()) * 0.5 + 0.5
        code, picture = _code_loss(encoder, predicted, w[indices]), picture_loss(rebuilt, image)
        spread = (predicted - predicted.mean(1, keepdim=True)).square().mean()
        loss = CODE_WEIGHT * code + PICTURE_WEIGHT * picture + SPREAD_WEIGHT * spread
        run.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        run.optimizer.step()
        if step % LOG_EVERY == 0:
            run.log(code=code.item(), picture=picture.item())
        if step % TEST_EVERY == TEST_EVERY - 1:
            run.log(psnr=inversion_psnr(encoder, generator, held_out))
    return encoder.eval()


def _start(encoder: CompactEncoder, folder: StrPath, name: str, plan: Plan, seed: int) -> Run:
    encoder.to(memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW(encoder.parameters(), plan.lr, weight_decay=1e-3)
    return Run(folder, name, {"network": encoder}, optimizer, plan, seed)


def _predict(encoder: CompactEncoder, image: Tensor, random: torch.Generator) -> Tensor:
    """Standardised W+ of slightly noisy pictures."""
    noisy = image + NOISE * torch.randn(image.shape, generator=random)
    with mixed_precision():
        return encoder.standardised(noisy).float()


def _code_loss(encoder: CompactEncoder, predicted: Tensor, w: Tensor) -> Tensor:
    """Mean squared error of the codes in units of their deviation; all layers aim at one w."""
    target = (w[:, None] - encoder.w_mean) / encoder.w_std
    return (predicted - target).square().mean()
