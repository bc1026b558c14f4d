"""What a CLIP sees a person wear, by its likeness to a sentence for each value of an attribute."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import cast

import torch
from torch import Tensor

from ..base.types import ClipModel
from .bank import GARMENT, LOWER, Bank, Value
from .sentence import say

DEFAULT_SCALE = 100.0
"""Factor of the cosine where a CLIP does not tell its own; all of OpenAI's were trained to it."""

SURE_OF_TINT = 0.3
"""Probability from which on a second colour is put into words. On 150 development figures of the
demo two thirds are, 87 % of them rightly; there are fourteen to choose from."""


@dataclass(frozen=True)
class Reading:
    """What a CLIP sees.

    Attributes:
        values: the likeliest value of each attribute that the CLIP can read.
        confidence: probability of each among those that were asked for, in [0, 1].
        asked: the values of each attribute that were asked for.
        tint: the second colour of a pattern; empty if there is none, or nobody asked.
    """

    values: Mapping[str, str]
    confidence: Mapping[str, float]
    asked: Mapping[str, tuple[str, ...]]
    tint: str = ""


@dataclass(frozen=True, eq=False)
class Questions:
    """What a CLIP is asked of a picture; made once, asked of any number.

    Attributes:
        clip: who is asked.
        bank: the attributes. One of which the CLIP has words for fewer than two values is left out.
        options: the values of each attribute that are asked for.
        texts: `[N, E]`, the features of a sentence for each value.
        tints: `[N, E]` by colour and pattern, as they are needed.
    """

    clip: ClipModel
    bank: Bank
    options: Mapping[str, tuple[Value, ...]]
    texts: Mapping[str, Tensor]
    tints: dict[tuple[str, str], Tensor] = field(default_factory=dict[tuple[str, str], Tensor])


def knows(clip: ClipModel, phrase: str) -> bool:
    """Whether the CLIP reads every word of `phrase`."""
    return not clip.ignored_words(phrase)


def readable(bank: Bank, attribute: str, clip: ClipModel) -> list[Value]:
    """The values of an attribute that the CLIP has words for."""
    entry = bank.attributes[attribute]
    return [entry.values[name] for name in entry.read if knows(clip, name)]


@torch.no_grad()
def questions(clip: ClipModel, bank: Bank) -> Questions:
    """The questions that can be put to any CLIP about the attributes of `bank`."""
    options = {name: tuple(readable(bank, name, clip)) for name in bank.attributes if name != LOWER}
    options = {name: values for name, values in options.items() if len(values) > 1}
    texts = {
        name: clip.encode_text([say(one) for one in _sentences(values)])
        for name, values in options.items()
    }
    return Questions(clip, bank, options, texts)


@torch.no_grad()
def read_garment(asked: Questions, image: Tensor, *, tints: bool = False) -> tuple[Reading, ...]:
    """Reads every attribute off each picture, without being taught any: zero-shot.

    Args:
        asked: what there is to read, and who reads.
        image: `[B, 3, H, W]` in [0, 1], the framed person.
        tints: whether to read the second colour of a pattern, too.
    """
    features = asked.clip.encode_image(image)
    values: list[dict[str, str]] = [{} for _ in features]
    confidence: list[dict[str, float]] = [{} for _ in features]
    for name, options in asked.options.items():
        best = _odds(asked.clip, features, asked.texts[name]).max(-1)
        for row, (share, index) in enumerate(
            zip(best.values.tolist(), best.indices.tolist(), strict=True)
        ):
            values[row][name] = options[index].name
            confidence[row][name] = share
    names = {name: tuple(one.name for one in values) for name, values in asked.options.items()}
    readings = (Reading(*both, names) for both in zip(values, confidence, strict=True))
    return tuple(
        replace(one, tint=_tint(asked, seen, one)) if tints and _is_patterned(one) else one
        for one, seen in zip(readings, features, strict=True)
    )


def _is_patterned(reading: Reading) -> bool:
    return "colour" in reading.values and reading.values.get("pattern", "plain") != "plain"


def _tint(asked: Questions, seen: Tensor, reading: Reading) -> str:
    """The likeliest second colour, if that is likely enough to be put into words."""
    colour, pattern = reading.values["colour"], reading.values["pattern"]
    tints = [one for one in reading.asked["colour"] if one != colour]
    if (colour, pattern) not in asked.tints:
        asked.tints[colour, pattern] = asked.clip.encode_text(
            [say({"pattern": f"{colour} and {tint} {pattern}"}) for tint in tints]
        )
    odds, index = _odds(asked.clip, seen[None], asked.tints[colour, pattern]).max(-1)
    return tints[int(index)] if float(odds) >= SURE_OF_TINT else ""


def _odds(clip: ClipModel, features: Tensor, texts: Tensor) -> Tensor:
    """Probability of each text for each picture, `[B, N]`."""
    scale = cast("Tensor | float", getattr(clip, "logit_scale", DEFAULT_SCALE))
    return (scale * features @ texts.to(features).T).softmax(-1)


def _sentences(options: Sequence[Value]) -> list[dict[str, str]]:
    """What a sentence for each option says."""
    if options[0].attribute == GARMENT:
        return [{GARMENT: one.name} for one in options]
    return [{GARMENT: "top", one.attribute: one.name} for one in options]
