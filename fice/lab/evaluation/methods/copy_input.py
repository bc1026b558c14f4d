"""The photo itself: what an edit that does nothing would score."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from ....base.files import StrPath
from ....pipeline.models import ModelSet
from .method import Outcome, Task


@dataclass(frozen=True)
class CopyInput:
    """The lower bound of text match, and the upper bound of everything that is kept."""

    title: str = "input, unedited"
    settings: str = ""
    seeded: bool = False

    def prepare(self, models: ModelSet, cache: StrPath) -> None:
        """Nothing is shared."""

    def __call__(self, task: Task, models: ModelSet, cache: StrPath) -> Outcome:
        """Returns the photos."""
        del models, cache
        return Outcome(task.photo, task.photo, torch.zeros_like(task.photo[:, :1]), 0)
