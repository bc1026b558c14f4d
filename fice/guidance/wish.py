"""What is asked for: texts as CLIP features, guides, constraints on W+."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from torch import Tensor

from ..base.layer_groups import GroupName
from ..base.types import ClipModel, Rows
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
        groups: the layer groups that hold what the texts name, one entry for all or one per image;
            an empty one, or none, says that it is not known.
    """

    clip: ClipModel
    wanted: Tensor
    unwanted: Tensor | None = None
    guides: Sequence[Guide] = ()
    constraints: Sequence[Constraint] = ()
    groups: Sequence[tuple[GroupName, ...]] = ()

    def only(self, rows: Rows) -> Wish:
        """What is asked of some images of the batch."""

        def own(features: Tensor) -> Tensor:
            return features if len(features) == 1 else features[rows]

        unwanted = None if self.unwanted is None else own(self.unwanted)
        groups = self.groups
        if len(groups) > 1:
            numbers = range(len(groups))[rows] if isinstance(rows, slice) else rows
            groups = tuple(groups[number] for number in numbers)
        return replace(self, wanted=own(self.wanted), unwanted=unwanted, groups=groups)

    def groups_of(self, index: int) -> tuple[GroupName, ...]:
        """The layer groups that hold what the text of an image names; empty if not known."""
        if not self.groups:
            return ()
        return self.groups[0 if len(self.groups) == 1 else index]
