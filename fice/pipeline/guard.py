"""Do the networks know what they see? Asked before the first step, so that no time is wasted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Literal

import torch
from torch import Tensor

from ..base.errors import ImageError, NobodyError
from ..base.frame import Frame
from ..base.images import resize
from ..base.types import BodyChart, Measurement, Regions, Synthesizer
from ..guidance.source import Source
from .photo import is_flat

Level = Literal["doubtful", "foreign", "nobody"]


@dataclass(frozen=True)
class Familiarity:
    """What `consistency` is for photos of a generator's world.

    Attributes:
        doubtful: less is rare.
        foreign: less happens with other pictures only.
    """

    doubtful: float
    foreign: float


MEASURED: Mapping[str, Familiarity] = MappingProxyType(
    {"a3a948159ac4072e": Familiarity(doubtful=0.85, foreign=0.75)}  # the demo set's generator
)
"""By fingerprint of the generator, chosen by drawings: of 500 held-out figures none lies below
0.92, of those in drawn rooms that are well framed none below 0.76, of those whose frame cuts the
person some at 0.64; `fice.lab.demo.check.guard` measures it, of a folder of photos too. Of other
generators nothing is known, so nothing is said."""


@dataclass(frozen=True)
class Doubt:
    """What speaks against editing a photo.

    Attributes:
        index: which photo of the batch.
        level: `doubtful` is edited; `foreign` only if asked for; `nobody` never.
        sentence: why, and what to do.
    """

    index: int
    level: Level
    sentence: str


@torch.no_grad()
def consistency(chart: BodyChart, regions: Measurement[Regions], reconstruction: Tensor) -> Tensor:
    """How far the networks agree on where the person is, `[B]` in [0, 1].

    The overlap of the person as the segmenter and as the chart see it in the photo, and as the
    segmenter sees it in photo and reconstruction, on average; times how sure the segmenter is.
    Networks agree on what they were trained on, and on little else.

    Args:
        chart: of the photo.
        regions: of the photo.
        reconstruction: what the generator makes of it, `[B, 3, H, W]` in [0, 1].
    """
    person = 1.0 - regions.seen.background
    size = (person.shape[-2], person.shape[-1])
    body = resize((chart.part_ids > 0).to(person).unsqueeze(1), size)
    redrawn = 1.0 - regions.perceptor(reconstruction).background
    agreement = (_overlap(person, body) + _overlap(person, redrawn)) / 2.0
    return agreement * (2.0 * person - 1.0).abs().flatten(1).mean(1)


def doubts_about(
    source: Source,
    reconstruction: Tensor,
    synthesizer: Synthesizer,
    frames: Sequence[Frame] | None = None,
) -> tuple[Doubt, ...]:
    """What speaks against editing each photo, at most one doubt for each.

    Args:
        source: what is known of the photos.
        reconstruction: what the generator makes of them, `[B, 3, h, w]` in [0, 1].
        synthesizer: the generator.
        frames: how each was cut from its photo.
    """
    count = len(source.ws)
    empty = [False] * count if source.image is None else is_flat(source.image).tolist()
    agreed = _consistency_if_measured(source, reconstruction, synthesizer)
    known = MEASURED.get(synthesizer.fingerprint, Familiarity(0.0, 0.0))
    doubts: list[Doubt] = []
    for index in range(count):
        which = "The photo" if count == 1 else f"Photo {index} of the batch"
        if empty[index] or (frames is not None and frames[index].untouched):
            doubts.append(Doubt(index, "nobody", f"{which} shows nobody, so nothing is changed."))
        elif agreed[index] < known.foreign:
            doubts.append(Doubt(index, "foreign", _foreign(which)))
        elif agreed[index] < known.doubtful:
            doubts.append(Doubt(index, "doubtful", _doubtful(which)))
    return tuple(doubts)


def spare(frames: Sequence[Frame], doubts: Sequence[Doubt], *, anyway: bool) -> tuple[Frame, ...]:
    """The frames, of which those of photos that stay as they are say so.

    Args:
        frames: of the photos of a batch.
        doubts: about them.
        anyway: edit what the networks do not know.

    Raises:
        NobodyError: if nobody is in any of them.
        ImageError: if none is left to edit.
    """
    stopping = {one.index: one for one in doubts if one.level == "nobody" or _stops(one, anyway)}
    if stopping and len(stopping) == len(frames):
        nobody = all(one.level == "nobody" for one in stopping.values())
        raise (NobodyError if nobody else ImageError)(next(iter(stopping.values())).sentence)
    return tuple(
        replace(frame, untouched=True) if index in stopping else frame
        for index, frame in enumerate(frames)
    )


def _consistency_if_measured(
    source: Source, reconstruction: Tensor, synthesizer: Synthesizer
) -> list[float]:
    """`consistency` of each photo; 1 where there is nothing to hold it against."""
    if source.chart is None or source.regions is None or synthesizer.fingerprint not in MEASURED:
        return [1.0] * len(source.ws)
    return consistency(source.chart.seen, source.regions, reconstruction).tolist()


def _overlap(one: Tensor, other: Tensor) -> Tensor:
    """Intersection over union of two maps `[B, 1, H, W]`, `[B]`."""
    a, b = (x.flatten(1) > 0.5 for x in (one, other))
    return (a & b).sum(1) / (a | b).sum(1).clamp(min=1)


def _stops(doubt: Doubt, anyway: bool) -> bool:
    return doubt.level == "foreign" and not anyway


def _foreign(which: str) -> str:
    return (
        f"{which} is not of the world that the demo models know, or its frame cuts the person: "
        "they know drawn figures only, and do not agree on where the person is. Look at the frame, "
        "use a model set for photos (`fice models get photos`), or go on anyway."
    )


def _doubtful(which: str) -> str:
    return (
        f"{which} may be badly framed, or unlike what the demo models know: they hardly agree on "
        "where the person is. Look at the crop and the reconstruction."
    )
