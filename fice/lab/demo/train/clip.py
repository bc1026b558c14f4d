"""Trains the demo CLIP on figures and their captions.

Contrastive, with one hard negative caption per image (a single attribute changed) and auxiliary
attribute heads that are thrown away: without them the neckline, a few pixels, is learned last.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ....base.files import StrPath
from ....demo.world.attributes import Attributes
from ....demo.world.captions import caption, hard_negative
from ....networks.perceptors.clip import OpenClip
from ....networks.perceptors.clip_model import ClipConfig
from ....networks.perceptors.clip_tokens import END_TOKEN, START_TOKEN
from ..data import ATTRIBUTE_CLASSES, FigureData
from ..zero_shot import PROMPTS, zero_shot
from .augment import random_crops
from .run import Plan, Run, mixed_precision

IMAGE_SIZE = 128
EMBED_DIM = 128
CONTEXT_LENGTH = 32
VOCABULARY_DRAWS = 20_000
WEIGHT_DECAY = 0.05
AUXILIARY_WEIGHT = 0.25
HIGHEST_SCALE = 60.0
LOG_EVERY = 100
TEST_EVERY = 1000


def collect_vocabulary(attributes: list[Attributes]) -> tuple[int, ...]:
    """Ids of all tokens that captions, hard negatives and prompts contain, ascending."""
    from open_clip.tokenizer import SimpleTokenizer

    encode = SimpleTokenizer().encode
    rng = np.random.default_rng(0)
    texts = {prompt for prompts in PROMPTS.values() for prompt in prompts.values()}
    for index in range(VOCABULARY_DRAWS):
        person = attributes[index % len(attributes)]
        texts.add(caption(person, rng))
        texts.add(hard_negative(person, rng))
    words = {word for text in texts for word in text.replace(",", " , ").split()}
    tokens = {token for word in words for token in encode(word)}
    return tuple(sorted(tokens | {START_TOKEN, END_TOKEN}))


def build_clip(
    vocabulary: tuple[int, ...], *, width: int = 16, image_size: int = IMAGE_SIZE
) -> OpenClip:
    """An untrained small CLIP; the guide has the default numbers, the judge its own."""
    config = ClipConfig(
        embed_dim=EMBED_DIM,
        vision_cfg={"image_size": image_size, "layers": [1, 2, 2, 1], "width": width},
        text_cfg={
            "context_length": CONTEXT_LENGTH,
            "vocab_size": len(vocabulary),
            "width": 128,
            "heads": 4,
            "layers": 3,
        },
        vocabulary=vocabulary,
    )
    return OpenClip(config)


class _Texts:
    """Captions as token rows, each distinct text tokenised once."""

    def __init__(self, guide: OpenClip, attributes: list[Attributes], seed: int) -> None:
        self._tokenizer = guide.tokenizer
        self._attributes = attributes
        self._rng = np.random.default_rng(seed)
        self._rows: dict[str, Tensor] = {}

    def _row(self, text: str) -> Tensor:
        if text not in self._rows:
            self._rows[text] = self._tokenizer([text])[0]
        return self._rows[text]

    def pairs(self, indices: Tensor) -> tuple[Tensor, Tensor]:
        """A caption and a hard negative of each figure, `[B, context_length]` each."""
        people = [self._attributes[index] for index in indices.tolist()]
        right = [self._row(caption(person, self._rng)) for person in people]
        wrong = [self._row(hard_negative(person, self._rng)) for person in people]
        return torch.stack(right), torch.stack(wrong)


def contrastive_loss(
    image: Tensor, right: Tensor, wrong: Tensor, scale: Tensor, same: Tensor
) -> Tensor:
    """Symmetric cross-entropy with hard negatives on the image side.

    Args:
        image: unit vectors `[B, E]`.
        right: unit vectors of the captions, `[B, E]`.
        wrong: unit vectors of the hard negatives, `[B, E]`.
        scale: inverse temperature.
        same: `[B, 2B]` bool, texts that are equal to an image's own caption without being it.
    """
    logits = (scale * image @ torch.cat([right, wrong]).T).masked_fill(same, -1e4)
    target = torch.arange(len(image))
    by_image = F.cross_entropy(logits, target)
    by_text = F.cross_entropy(logits[:, : len(image)].T, target)
    return (by_image + by_text) / 2


def _auxiliary_loss(heads: nn.Linear, features: Tensor, labels: Tensor) -> Tensor:
    logits = heads(F.layer_norm(features, features.shape[-1:]))
    losses = [
        F.cross_entropy(part, labels[:, column], ignore_index=-1)
        for column, part in enumerate(logits.split([len(c) for c in ATTRIBUTE_CLASSES.values()], 1))
    ]
    return torch.stack(losses).sum()


def _equal_texts(right: Tensor, wrong: Tensor) -> Tensor:
    texts = torch.cat([right, wrong])
    same = (right[:, None] == texts[None]).all(-1)
    same[:, : len(right)].fill_diagonal_(fill_value=False)
    return same


def _parameter_groups(model: nn.Module, heads: nn.Module) -> list[dict[str, object]]:
    named = list(model.named_parameters())
    decayed = [p for name, p in named if p.ndim >= 2 and "embedding" not in name]
    free = [p for name, p in named if not (p.ndim >= 2 and "embedding" not in name)]
    return [
        {"params": decayed, "weight_decay": WEIGHT_DECAY},
        {"params": [*free, *heads.parameters()], "weight_decay": 0.0},
    ]


def train_clip(
    guide: OpenClip,
    data: FigureData,
    held_out: FigureData,
    folder: StrPath,
    *,
    name: str,
    plan: Plan,
    seed: int,
) -> OpenClip:
    """Trains `guide` in place and returns it."""
    model = guide.model.to(memory_format=torch.channels_last)
    encode_image = cast("Callable[[Tensor], Tensor]", model.encode_image)
    encode_text = cast("Callable[[Tensor], Tensor]", model.encode_text)
    logit_scale = cast("Tensor", model.logit_scale)
    heads = nn.Linear(EMBED_DIM, sum(len(c) for c in ATTRIBUTE_CLASSES.values()))
    optimizer = torch.optim.AdamW(_parameter_groups(model, heads), plan.lr, (0.9, 0.98))
    run = Run(folder, name, {"model": model, "heads": heads}, optimizer, plan, seed)
    texts = _Texts(guide, data.attributes, seed + run.step)
    for step in run.steps():
        guide.train()
        indices = data.draw(plan.batch, run.generator)
        image = data.mixed_images(indices, run.generator)
        image = random_crops(image, guide.config.image_size[0], run.generator)
        image = image + 0.03 * torch.rand(len(image), 1, 1, 1) * torch.randn_like(image)
        image = ((image - guide.image_mean) / guide.image_std).contiguous(
            memory_format=torch.channels_last
        )
        right, wrong = texts.pairs(indices)
        with mixed_precision():
            features = encode_image(image).float()
            text = F.normalize(encode_text(torch.cat([right, wrong])).float(), dim=-1)
        scale = logit_scale.exp().clamp(max=HIGHEST_SCALE)
        right_text, wrong_text = text.chunk(2)
        same = _equal_texts(right, wrong)
        unit = F.normalize(features, dim=-1)
        loss = contrastive_loss(unit, right_text, wrong_text, scale, same)
        labels = data.label_table[indices].long()
        total = loss + AUXILIARY_WEIGHT * _auxiliary_loss(heads, features, labels)
        optimizer.zero_grad(set_to_none=True)
        total.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        if step % LOG_EVERY == 0:
            run.log(loss=loss.item(), scale=scale.item())
        if step % TEST_EVERY == TEST_EVERY - 1:
            run.log(**zero_shot(guide, held_out, held_out.images(torch.arange(1024))))
    return guide.eval()
