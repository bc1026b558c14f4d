"""What is asked for: texts as CLIP features, guides, constraints on W+."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from torch import Tensor

from ..base.types import ClipModel
from .constraints import Constraint
from .guides import Guide


@dataclass(frozen=True, eq=False)
class Wish:
    """What is asked for.

    Attributes:
        clip: the model that read the texts.
        wanted: features of the texts, `[B, E]` or `[1, E]`.
        unwanted: features of the texts to move away from, or None.
        guides: more wishes about the picture, each with a weight of its own.
        constraints: wishes about W+; the start search takes no account of them.
    """

    clip: ClipModel
    wanted: Tensor
    unwanted: Tensor | None = None
    guides: Sequence[Guide] = ()
    constraints: Sequence[Constraint] = ()

    def only(self, rows: slice) -> Wish:
        """What is asked of some images of the batch."""

        def own(features: Tensor) -> Tensor:
            return features if len(features) == 1 else features[rows]

        unwanted = None if self.unwanted is None else own(self.unwanted)
        return replace(self, wanted=own(self.wanted), unwanted=unwanted)
