"""What a CLIP sees a person wear, by its likeness to a sentence for each value of an attribute."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor

from ..base.types import ClipModel
from .bank import GARMENT, LOWER, Bank, Value
from .sentence import say

DEFAULT_SCALE = 100.0
"""Factor of the cosine where a CLIP does not tell its own; all of OpenAI's were trained to it."""


@dataclass(frozen=True)
class Reading:
    """What a CLIP sees.

    Attributes:
        values: the likeliest value of each attribute that the CLIP can read.
        confidence: probability of each among those that were asked for, in [0, 1].
        asked: the values of each attribute that were asked for.
    """

    values: Mapping[str, str]
    confidence: Mapping[str, float]
    asked: Mapping[str, tuple[str, ...]]


def knows(clip: ClipModel, phrase: str) -> bool:
    """Whether the CLIP reads every word of `phrase`."""
    return not clip.ignored_words(phrase)


def readable(bank: Bank, attribute: str, clip: ClipModel) -> list[Value]:
    """The values of an attribute that the CLIP has words for."""
    entry = bank.attributes[attribute]
    return [entry.values[name] for name in entry.read if knows(clip, name)]


@torch.no_grad()
def read_garment(clip: ClipModel, image: Tensor, bank: Bank) -> tuple[Reading, ...]:
    """Reads every attribute off each picture, without being taught any: zero-shot.

    Args:
        clip: any CLIP.
        image: `[B, 3, H, W]` in [0, 1], the framed person.
        bank: the attributes. One of which the CLIP has words for fewer than two values is left out.
    """
    features = clip.encode_image(image)
    scale = cast("Tensor | float", getattr(clip, "logit_scale", DEFAULT_SCALE))
    values: list[dict[str, str]] = [{} for _ in features]
    confidence: list[dict[str, float]] = [{} for _ in features]
    asked: dict[str, tuple[str, ...]] = {}
    for name in bank.attributes:
        options = [] if name == LOWER else readable(bank, name, clip)
        if len(options) < 2:
            continue
        asked[name] = tuple(one.name for one in options)
        texts = clip.encode_text([say(one) for one in _sentences(options)])
        odds = (scale * features @ texts.to(features).T).softmax(-1)
        best = odds.max(-1)
        for row, (share, index) in enumerate(
            zip(best.values.tolist(), best.indices.tolist(), strict=True)
        ):
            values[row][name] = options[index].name
            confidence[row][name] = share
    return tuple(Reading(*both, asked) for both in zip(values, confidence, strict=True))


def _sentences(options: Sequence[Value]) -> list[dict[str, str]]:
    """What a sentence for each option says."""
    if options[0].attribute == GARMENT:
        return [{GARMENT: one.name} for one in options]
    return [{GARMENT: "top", one.attribute: one.name} for one in options]
