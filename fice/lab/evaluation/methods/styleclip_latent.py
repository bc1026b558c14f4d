"""StyleCLIP's latent optimisation (arXiv 2103.17249, section 4): CLIP and L2 in W+, no more."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from ....base.files import StrPath
from ....guidance.losses import ClipTerm
from ....guidance.terms import Candidate, WeightedTerm
from ....inversion import InversionConfig, invert
from ....pipeline.models import ModelSet
from .method import Outcome, OwnNumbers, Task, last_step


@dataclass(frozen=True)
class LatentOptimisation(OwnNumbers):
    """`1 - cos(CLIP(G(w)), CLIP(text)) + l2 · |w - w_0|²`, by Adam, from the encoder's W+.

    There is no identity term (the paper's is for faces), no pose or region term and no stitching:
    the result is the whole generated picture.

    Attributes:
        steps: of Adam; 300 in the authors' program.
        learning_rate: of Adam, in units of W; 0.1 there.
        l2: weight of the squared distance; 0.008 there.
    """

    steps: int = 300
    learning_rate: float = 0.1
    l2: float = 0.008
    title: str = "StyleCLIP latent optimisation"
    seeded: bool = False

    def __call__(self, task: Task, models: ModelSet, cache: StrPath) -> Outcome:
        """Edits a batch.

        Raises:
            FiceError: if CLIP cannot use a text, or the optimisation fails.
        """
        del cache
        with torch.no_grad():
            start = models.encoder(task.photo)
            wanted = models.clip.encode_text(task.texts)
        terms = (
            WeightedTerm(ClipTerm(models.clip.encode_image, wanted), 1.0),
            WeightedTerm(SquaredDistance(start), self.l2),
        )
        config = InversionConfig(
            steps=self.steps, learning_rate=self.learning_rate, schedule="warmup_cosine"
        )
        image = last_step(invert(models.generator, start, terms, config)).image.clamp(0.0, 1.0)
        return Outcome(image, image, torch.ones_like(image[:, :1]), self.steps)


@dataclass(frozen=True, eq=False)
class SquaredDistance:
    """Squared Euclidean distance of W+ to a start, summed over all entries.

    Attributes:
        start_ws: `[B, num_ws, w_dim]`.
        name: key in reports.
    """

    start_ws: Tensor
    name: str = "l2"

    def __call__(self, candidate: Candidate) -> Tensor:
        """Loss `[B]`."""
        return (candidate.ws - self.start_ws).square().flatten(1).sum(1)
