"""The numbers of one optimisation run."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..base.layer_groups import GROUP_NAMES, GroupName
from .schedule import Schedule


@dataclass(frozen=True)
class InversionConfig:
    """How W+ is moved; what it is moved towards are the terms. The defaults are FICE's.

    Attributes:
        steps: number of W+ that are evaluated. There is one update between two of them: FICE does
            one more at the end and then returns the image from before it, which is the same.
        learning_rate: length of Adam's steps, in units of W, or of w_std if `whiten`.
        betas: Adam's decay rates.
        eps: Adam's epsilon.
        schedule: how the learning rate changes over the run.
        whiten: optimise in units of w_std, so that every direction of W is as easy to take as it
            is common.
        shared_rate: length of the steps that all moving layers take together, as a share of
            `learning_rate`, on top of each layer's own. Codes that agree can then go far without
            paying for disagreement on the way. 0 leaves each layer to itself, as FICE does.
        moving: the layer groups that may change; the codes of all others stay bit-identical.
        z_learning_rate: length of Adam's steps, in units of Z, for codes whose z the start search
            knows; they stay among the codes that the generator was trained on. 0 moves them in W+
            like all others.
        recompute: compute feature maps again in the backward pass instead of keeping them: less
            memory, more time, the same numbers.
    """

    steps: int = 501
    learning_rate: float = 0.05
    betas: tuple[float, float] = (0.9, 0.999)
    eps: float = 1e-8
    schedule: Schedule = "constant"
    whiten: bool = False
    shared_rate: float = 0.0
    moving: tuple[GroupName, ...] = GROUP_NAMES
    z_learning_rate: float = 0.0
    # Not in the repr: whoever names results by it need not do them again.
    recompute: bool = field(default=False, repr=False)

    def __post_init__(self) -> None:
        """Refuses numbers that no run could use."""
        if self.steps < 1:
            raise ValueError(f"steps is {self.steps}, at least 1 is needed.")
        if not self.moving:
            raise ValueError("moving names no layer group, so nothing could change.")
