"""How surely a generator knows the person in a crop: what a segmenter alone cannot tell."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import torch
from torch import Tensor

from ..base.layer_groups import mean_ws
from ..base.types import LatentEncoder, Perceptor, Regions, Synthesizer
from .misfit import unexplained

Recognition: TypeAlias = Callable[[Tensor], Tensor]
"""Crops `[N, 3, h, w]` to a number for each, `[N]`, above 0 where a person is known."""


def recognition(
    synthesizer: Synthesizer, encoder: LatentEncoder, segmenter: Perceptor[Regions]
) -> Recognition:
    """Tells frames that fit from those that cut a person or show none, for `find_people`.

    How far the segmenter sees the same person, garment and head in a crop and in what the generator
    makes of it, and how sure it is; less what the generator leaves `unexplained`. With the demo
    networks, of frames in drawn rooms with one or two figures, 35 of 40 that lie well (overlap with
    the true square above 0.75) are above 0.02 and all 207 that do not (below 0.5) are at most 0.02;
    the segmenter's own score told them apart far less well.
    """
    with torch.no_grad():
        mean_figure = synthesizer.synthesize(mean_ws(synthesizer))

    def measured(crops: Tensor) -> Tensor:
        with torch.no_grad():
            drawn = synthesizer.synthesize(encoder(crops)).clamp(0.0, 1.0)
            agreed = agreement(segmenter(crops), segmenter(drawn))
            return agreed - unexplained(crops, drawn, mean_figure)

    return measured


def agreement(seen: Regions, redrawn: Regions) -> Tensor:
    """Mean overlap of person, garment and head in both, times how sure the first is, `[B]`."""
    person = 1.0 - seen.background
    pairs = (
        (person, 1.0 - redrawn.background),
        (seen.garment, redrawn.garment),
        (seen.head, redrawn.head),
    )
    overlaps = torch.stack([_overlap(one, other) for one, other in pairs]).mean(0)
    return overlaps * (2.0 * person - 1.0).abs().flatten(1).mean(1)


def _overlap(one: Tensor, other: Tensor) -> Tensor:
    """Intersection over union of two maps `[B, 1, H, W]`, `[B]`."""
    a, b = (x.flatten(1) > 0.5 for x in (one, other))
    return (a & b).sum(1) / (a | b).sum(1).clamp(min=1)
