"""Does the generator know what it sees? Asked before the first step, so that no time is wasted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Literal

import torch
from torch import Tensor

from ..base.errors import ImageError, NobodyError
from ..base.frame import Frame
from ..base.layer_groups import mean_ws
from ..base.types import Synthesizer
from ..framing import UNEXPLAINED_MOST, unexplained

FLAT = 8.0 / 255.0  # a picture whose values differ by less shows nothing

Level = Literal["doubtful", "foreign", "nobody"]


@dataclass(frozen=True)
class Familiarity:
    """How badly a generator may draw a photo, as `fice.framing.unexplained` measures it.

    Attributes:
        doubtful: more rarely happens with photos of its world.
        foreign: more happens with other pictures only.
    """

    doubtful: float
    foreign: float


MEASURED: Mapping[str, Familiarity] = MappingProxyType(
    {"a3a948159ac4072e": Familiarity(UNEXPLAINED_MOST, 0.5)}  # the demo set's generator
)
"""By fingerprint of the generator. Of 500 held-out figures none lies above 0.35, of forty photos of
the street none below 0.61 (`python -m fice.lab.demo.check.guard`). Of other generators nothing was
measured, so nothing is said of their photos."""


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


def is_flat(image: Tensor) -> Tensor:
    """Whether a picture is of one colour, `[B]` bool, of `image` `[B, C, H, W]` in [0, 1]."""
    pixels = image.flatten(2)
    return (pixels.amax(2) - pixels.amin(2)).amax(1) < FLAT


@torch.no_grad()
def doubts_about(
    photo: Tensor, reconstruction: Tensor, synthesizer: Synthesizer, frames: Sequence[Frame]
) -> tuple[Doubt, ...]:
    """What speaks against editing each photo, at most one doubt for each.

    Args:
        photo: what the generator is shown, `[B, 3, h, w]` in [0, 1].
        reconstruction: what it makes of that, likewise.
        synthesizer: the generator.
        frames: how each was cut from its photo.
    """
    doubts: list[Doubt] = []
    empty = is_flat(photo).tolist()
    shares = [0.0] * len(photo)
    if known := MEASURED.get(synthesizer.fingerprint):
        mean_figure = synthesizer.synthesize(mean_ws(synthesizer))
        shares = unexplained(photo, reconstruction, mean_figure).tolist()
    for index, (share, flat, frame) in enumerate(zip(shares, empty, frames, strict=True)):
        which = "The photo" if len(photo) == 1 else f"Photo {index} of the batch"
        if flat or frame.untouched:
            doubts.append(Doubt(index, "nobody", f"{which} shows nobody, so nothing is changed."))
        elif known and share > known.foreign:
            doubts.append(Doubt(index, "foreign", _foreign(which, share)))
        elif known and share > known.doubtful:
            doubts.append(Doubt(index, "doubtful", _doubtful(which, share)))
    return tuple(doubts)


def spare(frames: Sequence[Frame], doubts: Sequence[Doubt], *, anyway: bool) -> tuple[Frame, ...]:
    """The frames, of which those of photos that stay as they are say so.

    Args:
        frames: of the photos of a batch.
        doubts: about them.
        anyway: edit what the generator does not know.

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


def _stops(doubt: Doubt, anyway: bool) -> bool:
    return doubt.level == "foreign" and not anyway


def _foreign(which: str, share: float) -> str:
    return (
        f"{which} is not of the world that the demo models know, which is drawn figures: "
        f"{share:.0%} of what sets it apart from their mean figure cannot be drawn. Use a model "
        "set for photos (`fice models list` shows where to get one), or go on anyway."
    )


def _doubtful(which: str, share: float) -> str:
    return (
        f"{which} may be badly framed or unlike what the models know: {share:.0%} of what sets it "
        "apart from their mean figure cannot be drawn. Look at the reconstruction."
    )
