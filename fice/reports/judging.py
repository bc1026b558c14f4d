"""Judging an edit from outside: photo and result, whatever made them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor

from ..base.images import resize
from ..base.types import BodyChart, ClipModel, Perceptor, Regions
from ..inversion import part_overlap
from ..words import (
    Reading,
    complete,
    gauge,
    hear,
    load_bank,
    parse_weights,
    questions,
    read_garment,
)
from ..words.reading import knows
from .figures import DIGITS, Report, change_figures, numbers, reconstruction_figures

PERSON = "a person"
"""What the photo shows, if nobody says: the text that a direction starts from."""


@dataclass(frozen=True, eq=False)
class Judges:
    """Networks that look at an edit; what is left out is not judged.

    Attributes:
        clips: by name. The guide of the edit raised its own number, so only one that took no part
            in it is evidence.
        chart: sees body parts.
        segmenter: sees head and background.
    """

    clips: Mapping[str, ClipModel]
    chart: Perceptor[BodyChart] | None = None
    segmenter: Perceptor[Regions] | None = None


@torch.no_grad()
def judge_edit(
    before: Tensor, after: Tensor, text: str, judges: Judges, source_text: str = PERSON
) -> Report:
    """What the networks say of an edit.

    Args:
        before: the photo as the networks know people, `[B, 3, H, W]` in [0, 1]: a crop of it.
        after: the same part of the result.
        text: what was asked for.
        judges: who looks.
        source_text: what the photo shows.

    Returns:
        Per CLIP guide the cosine between text and picture before and after, and the cosine between
        what changed in the picture and what changes from `source_text` to `text` (Gal et al. 2021);
        the share of what the text names that it reads off the result, the share of the rest that
        it reads as before, and what of it reads as nobody asked for (see `fice.words.gauge`); the
        mean IoU of body parts; the mean and largest change of a value in head and background.

    Raises:
        TextError: if CLIP cannot use a text.
    """
    figures: Report = {}
    for name, clip in judges.clips.items():
        figures |= _text_figures(name, clip, before, after, text, source_text)
        figures |= _word_figures(name, clip, before, after, text)
    if judges.chart is not None:
        overlap = part_overlap(judges.chart(before), judges.chart(after))
        figures["pose_overlap"] = numbers(overlap)
    if judges.segmenter is not None:
        regions = judges.segmenter(before)
        change = (after - before).abs().amax(1, keepdim=True)
        for name in ("head", "background"):
            where = resize(getattr(regions, name), (before.shape[-2], before.shape[-1])) > 0.5
            figures[f"{name}_change"] = numbers(_mean_where(change, where))
            figures[f"{name}_change_most"] = numbers((change * where).flatten(1).amax(1))
    return figures


def measure_change(
    photo: Tensor, edited: Tensor, mask: Tensor | None, reconstruction: Tensor | None = None
) -> Report:
    """What can be said without a network.

    Args:
        photo: `[B, 3, H, W]` in [0, 1], whole.
        edited: likewise.
        mask: what may have changed, `[B, 1, H, W]`; None says nothing of the outside.
        reconstruction: the photo, or its crop, as the generator draws it: crop and reconstruction,
            `[2, B, 3, h, w]`.
    """
    figures: Report = {} if mask is None else change_figures(photo, edited, mask)
    if reconstruction is not None:
        figures |= reconstruction_figures(reconstruction[0], reconstruction[1])
    return figures


def _text_figures(
    name: str, clip: ClipModel, before: Tensor, after: Tensor, text: str, source_text: str
) -> Report:
    old, new = clip.encode_image(before), clip.encode_image(after)
    wanted, source = clip.encode_text([_in_its_words(text, clip)]), clip.encode_text([source_text])
    moved, asked = new - old, wanted - source
    return {
        f"{name}_before": numbers(torch.cosine_similarity(old, wanted)),
        f"{name}_after": numbers(torch.cosine_similarity(new, wanted)),
        f"{name}_direction": numbers(torch.cosine_similarity(moved, asked)),
    }


def _in_its_words(text: str, clip: ClipModel) -> str:
    """`text` where the CLIP knows some of it, else what it says in words that the CLIP has."""
    plain = parse_weights(text).text
    if len(clip.ignored_words(plain)) < len(plain.split()):
        return plain
    bank = load_bank()
    nothing = Reading({}, {}, {})
    return complete(hear(text, bank), nothing, bank, "photo", partial(knows, clip)).wish.text


def _word_figures(name: str, clip: ClipModel, before: Tensor, after: Tensor, text: str) -> Report:
    bank = load_bank()
    heard, asked = hear(text, bank), questions(clip, bank)
    old, new = read_garment(asked, before), read_garment(asked, after)
    gauges = [
        gauge(complete(heard, seen, bank, "photo", partial(knows, clip)).named, seen, now, bank)
        for seen, now in zip(old, new, strict=True)
    ]
    figures: Report = {f"{name}_invented": [list(one.invented) for one in gauges]}
    named = [one.named_share for one in gauges if one.named_share is not None]
    kept = [one.kept_share for one in gauges if one.kept_share is not None]
    for what, shares in (("named_right", named), ("unnamed_kept", kept)):
        if len(shares) == len(gauges):
            figures[f"{name}_{what}"] = [round(one, DIGITS) for one in shares]
    return figures


def _mean_where(values: Tensor, where: Tensor) -> Tensor:
    """Mean over the pixels that count, `[B]`; 0 if there are none."""
    return (values * where).flatten(1).sum(1) / where.flatten(1).sum(1).clamp(min=1)
