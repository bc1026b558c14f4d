"""What a method of editing is to an evaluation."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Protocol

import torch
from torch import Tensor

from ....base.files import StrPath
from ....base.frame import Frame
from ....inversion.step import InversionStep
from ....pipeline.models import ModelSet


@dataclass(frozen=True, eq=False)
class Task:
    """A batch of edits. All methods see the same framed photos, at the size of the generator.

    Attributes:
        ids: of the cases.
        photo: `[B, 3, H, W]` in [0, 1].
        texts: what each should become.
        frames: how each was cut from its original photo.
        seed: of all randomness.
    """

    ids: tuple[str, ...]
    photo: Tensor
    texts: tuple[str, ...]
    frames: tuple[Frame, ...]
    seed: int

    def to(self, device: torch.device) -> Task:
        """The same with the photos on `device`."""
        return replace(self, photo=self.photo.to(device))


@dataclass(frozen=True, eq=False)
class Outcome:
    """What a method made of a task.

    Attributes:
        image: the edited photos, `[B, 3, H, W]` in [0, 1].
        generated: the whole pictures that a generator drew for them; `image` if there are none.
        mask: where the method says that it may have changed something, `[B, 1, H, W]`.
        steps: gradient steps per image.
    """

    image: Tensor
    generated: Tensor
    mask: Tensor
    steps: int

    def to(self, device: torch.device) -> Outcome:
        """The same on `device`."""
        image, generated, mask = (one.to(device) for one in (self.image, self.generated, self.mask))
        return Outcome(image, generated, mask, self.steps)


class Method(Protocol):
    """A way of editing photos by words."""

    @property
    def title(self) -> str:
        """What it is, in a few words."""
        ...

    @property
    def settings(self) -> str:
        """All that its results depend on beside models and seed, as text."""
        ...

    @property
    def seeded(self) -> bool:
        """Whether another seed gives another result."""
        ...

    def prepare(self, models: ModelSet, cache: StrPath) -> None:
        """Does once, before any edit, what all edits share; keeps it in the folder `cache`."""
        ...

    def __call__(self, task: Task, models: ModelSet, cache: StrPath) -> Outcome:
        """Edits a batch.

        Raises:
            FiceError: if an edit is not possible.
        """
        ...


class OwnNumbers:
    """What methods share whose numbers are all that their results depend on."""

    @property
    def settings(self) -> str:
        """All numbers."""
        return repr(self)

    def prepare(self, models: ModelSet, cache: StrPath) -> None:
        """Nothing is shared between edits."""


def last_step(run: Iterable[InversionStep]) -> InversionStep:
    """The last step of a run, which has at least one."""
    return deque(run, maxlen=1)[0]
