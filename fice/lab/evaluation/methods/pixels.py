"""CLIP optimisation of the garment's pixels themselves, with no generator: what CLIP alone does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NoReturn

import torch
from torch import Tensor

from ....base.files import StrPath
from ....guidance.crops import RandomCrops
from ....guidance.losses import ClipTerm
from ....guidance.terms import WeightedTerm
from ....inversion import InversionConfig, invert
from ....pipeline.models import ModelSet
from ....stitching.region_masks import garment_mask
from .method import Outcome, OwnNumbers, Task, last_step


@dataclass(frozen=True)
class MaskedPixels(OwnNumbers):
    """Adam on the pixels under the mask of the garment.

    Attributes:
        steps: of Adam.
        learning_rate: in units of the pixel range.
        crops: views that CLIP sees per step.
    """

    steps: int = 100
    learning_rate: float = 0.02
    crops: int = 4
    title: str = "CLIP on masked pixels"
    seeded: bool = True

    def __call__(self, task: Task, models: ModelSet, cache: StrPath) -> Outcome:
        """Edits a batch.

        Raises:
            FiceError: if CLIP cannot use a text, or the optimisation fails.
        """
        del cache
        with torch.no_grad():
            regions = models.segmenter(task.photo)
            wanted = models.clip.encode_text(task.texts)
        mask = garment_mask(regions.garment, regions.garment, regions.head)
        canvas = _Canvas(task.photo, mask)
        views = RandomCrops(self.crops, (task.seed,) * len(task.photo))
        term = ClipTerm(models.clip.encode_image, wanted, views=views)
        config = InversionConfig(steps=self.steps, learning_rate=self.learning_rate)
        run = invert(canvas, canvas.start, [WeightedTerm(term, 1.0)], config)
        image = last_step(run).image
        return Outcome(image, image, mask, self.steps)


class _Canvas:
    """A `Synthesizer` whose codes are the three colour planes of the picture."""

    num_ws = 3
    fingerprint = "pixels"
    z_dim = 0

    def __init__(self, photo: Tensor, mask: Tensor) -> None:
        self._photo, self._mask = photo, mask
        self.resolution = (photo.shape[-2], photo.shape[-1])
        self.w_dim = photo.shape[-2] * photo.shape[-1]
        self.w_avg = photo.new_zeros(self.w_dim)
        self.w_std = photo.new_ones(self.w_dim)
        self.start = photo.flatten(2)

    def synthesize(self, ws: Tensor, *, recompute: bool = False) -> Tensor:
        del recompute  # there is next to nothing to keep
        pixels = ws.unflatten(2, self.resolution).clamp(0.0, 1.0)
        mixed = self._photo + self._mask * (pixels - self._photo)
        return torch.where(self._mask == 0.0, self._photo, mixed)

    def sample_w(self, z: Tensor, *, truncation_psi: float = 1.0) -> NoReturn:
        raise NotImplementedError("Pixels have no random codes.")
