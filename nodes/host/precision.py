"""What an inversion computes its pictures in: float32, or bfloat16 where a device has it."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any, TypeVar

from comfy_api.latest import io
from torch import device

from ...fice.base.types import BodyChart, ClipModel, Perceptor, Regions, Synthesizer
from ...fice.pipeline.precision import (
    clip_in_bfloat16,
    generator_in_bfloat16,
    has_bfloat16,
    perceptor_in_bfloat16,
)

SeenT = TypeVar("SeenT", BodyChart, Regions)

FLOAT32, BFLOAT16 = "float32", "bfloat16"


def precision_input(**options: Any) -> io.Input:  # noqa: ANN401 - whatever the host's input takes
    """The choice, for every node that inverts.

    Args:
        options: for the host's input.
    """
    return io.Combo.Input(
        "precision",
        options=[FLOAT32, BFLOAT16],
        default=FLOAT32,
        tooltip="bfloat16 takes less time for almost the same picture; a device that does not have "
        "it computes in float32, as the report then tells.",
        **{"optional": True, "advanced": True, **options},
    )


@dataclass(frozen=True)
class Precision:
    """Lowers networks for one run; the host's own stay as they are.

    Attributes:
        name: `float32` or `bfloat16`.
    """

    name: str = FLOAT32

    @classmethod
    def on(cls, where: device, wanted: str) -> Precision:
        """What is wanted, or float32 where that would be slower."""
        if wanted == BFLOAT16 and not has_bfloat16(where):
            logging.warning("FICE: '%s' has no fast bfloat16, so float32 is used.", where)
            return cls()
        return cls(wanted)

    def generator(self, generator: Synthesizer) -> Synthesizer:
        """`generator`, drawing in this precision."""
        return generator_in_bfloat16(generator) if self.name == BFLOAT16 else generator

    def clip(self, clip: ClipModel) -> ClipModel:
        """`clip`, looking at images in this precision."""
        return clip_in_bfloat16(clip) if self.name == BFLOAT16 else clip

    def perceptor(self, perceptor: Perceptor[SeenT]) -> Perceptor[SeenT]:
        """`perceptor`, computing in this precision."""
        return perceptor_in_bfloat16(perceptor) if self.name == BFLOAT16 else perceptor
