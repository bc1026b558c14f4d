"""A batch of edits as the judges look at it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from ....base.types import Regions
from ....pipeline.models import ModelSet
from ..case import Case
from ..judges import Judges
from ..methods import Outcome

CERTAIN = 0.5  # a pixel belongs to a region whose probability is larger


@dataclass(frozen=True, eq=False)
class Look:
    """Photos and what became of them.

    Attributes:
        cases: what was asked for; their photos may be larger than the framed ones.
        photo: the framed photos, `[B, 3, H, W]` in [0, 1].
        outcome: what the method made of them.
        models: the networks that may have guided the edit.
        judges: the networks that guided none.
    """

    cases: Sequence[Case]
    photo: Tensor
    outcome: Outcome
    models: ModelSet
    judges: Judges

    @cached_property
    def before(self) -> Regions:
        """The regions of the photos. Which region is meant is all that the segmenter decides."""
        return self._regions(self.photo)

    @cached_property
    def after(self) -> Regions:
        """The regions of the results."""
        return self._regions(self.outcome.image)

    @property
    def garment(self) -> Tensor:
        """Where a garment is, before or after, `[B, 1, H, W]` bool: the edited region."""
        return torch.maximum(self.before.garment, self.after.garment) > CERTAIN

    def _regions(self, image: Tensor) -> Regions:
        with torch.no_grad():
            return self.models.segmenter(image)
