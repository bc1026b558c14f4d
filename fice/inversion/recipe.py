"""Named sets of numbers for a whole edit: FICE's own, and ours for the demo set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Literal, TypeAlias, get_args

from ..base.layer_groups import GROUP_NAMES, GroupName
from ..base.types import Region
from ..guidance.losses.image import Normalise
from ..guidance.weights import KeptPixels, Looks, LossWeights
from ..words import Completion
from .config import InversionConfig
from .start import StartSearch

Change: TypeAlias = Literal["words", "colour", "cut", "all"]
"""Which codes an edit may change: those that hold what the `words` name; of the `colour`, pattern
and material only; of the `cut` only; or `all`, as FICE does."""

CHANGES: tuple[Change, ...] = get_args(Change)
_GROUPS: Mapping[Change, tuple[GroupName, ...]] = MappingProxyType(
    {"colour": ("texture",), "cut": ("shape",), "all": GROUP_NAMES}
)


@dataclass(frozen=True)
class Recipe:
    """All numbers of an edit.

    Attributes:
        inversion: how W+ is moved.
        weights: factor of each term.
        start: what is tried before the first step.
        start_weights: factor of each term while starts are compared.
        crops: random views that CLIP sees in each step; 0 shows it the whole picture, as FICE does.
        keep_best: return the step with the smallest total instead of the last.
        keep: which pixels the image term holds on to, see `fice.guidance.weights.Looks`.
        image_normalise: see `fice.guidance.losses.image.masked_square_error`.
        patience: steps without a gain after which the run is over; 0 takes all steps, as FICE does.
        shape_every: steps between two looks at body chart and head outline, the two expensive
            terms; 1 looks in each step, as FICE does.
        least_pose_overlap: end the run, and keep an earlier step, when the body parts overlap those
            of the photo less than this, in [0, 1]; 0 never does.
        complete: what becomes of that which the text leaves open, see `fice.words.Completion`.
        change: which codes may change, see `Change`.
        region: what of the generated picture goes into the photo: the `garment` only, or all but
            the `head`, as FICE does.
    """

    inversion: InversionConfig = field(default_factory=InversionConfig)
    weights: LossWeights = field(default_factory=LossWeights)
    start: StartSearch = field(default_factory=StartSearch)
    start_weights: LossWeights = field(default_factory=LossWeights)
    crops: int = 0
    keep_best: bool = False
    keep: KeptPixels = "outside_body"
    image_normalise: Normalise = "pixels"
    patience: int = 0
    shape_every: int = 1
    least_pose_overlap: float = 0.0
    complete: Completion = "free"
    change: Change = "all"
    # Not in the repr: it says nothing of how W+ is found, by which results are named.
    region: Region = field(default="head", repr=False)

    @property
    def looks(self) -> Looks:
        """At which pixels the terms look, and how often."""
        return Looks(self.keep, self.image_normalise, self.shape_every)

    def recomputed(self) -> Recipe:
        """The same in less memory and more time."""
        return replace(self, inversion=replace(self.inversion, recompute=True))

    def for_words(self, named: Sequence[GroupName]) -> Recipe:
        """The same, changing no codes but those that `change` allows.

        Args:
            named: the layer groups that hold what the words name; none if that is not known.
        """
        searched = _GROUPS.get(self.change, tuple(named))
        # The words say nothing of the pose, which is there to be held, and so has to move.
        allowed = {*searched, "pose"} if self.change == "words" else set(searched)
        moving = tuple(name for name in self.inversion.moving if name in allowed)
        if not searched or not moving:
            return self
        # A pass that may not be made is made elsewhere: as many starts are tried as without words.
        possible = [one for one in self.start.passes if set(one) <= set(searched)] or [searched]
        passes = tuple(
            one if one in possible else possible[index % len(possible)]
            for index, one in enumerate(self.start.passes)
        )
        return replace(
            self,
            inversion=replace(self.inversion, moving=moving),
            start=replace(self.start, passes=passes),
        )

    def in_steps(self, steps: int) -> Recipe:
        """The same with another number of steps."""
        return replace(self, inversion=replace(self.inversion, steps=steps))


PAPER = Recipe()
"""FICE as published: Adam 0.05, the image after 500 updates, one CLIP view, no search."""

TUNED = Recipe(
    inversion=InversionConfig(
        steps=60, learning_rate=0.03, schedule="warmup_cosine", z_learning_rate=0.1
    ),
    weights=LossWeights(
        clip=1.0, image=40.0, body_shape=10.0, head_shape=1.0, w_delta=0.02, start_prior=0.1
    ),
    start=StartSearch(candidates=96, passes=(("texture",), ("texture",), ("shape",))),
    start_weights=LossWeights(
        image=2.0, body_shape=1.0, head_shape=0.0, w_delta=0.0, start_prior=0.05
    ),
    crops=4,
    keep_best=True,
    keep="outside_both_garments",
    image_normalise="mask",
    complete="photo",
    change="words",
    region="garment",
)
"""For the demo set, and a fair start for any generator: search first, then fewer, smaller steps."""

FAST = Recipe(
    inversion=InversionConfig(
        steps=106,
        learning_rate=0.26,
        betas=(0.8, 0.95),
        schedule="warmup_cosine",
        shared_rate=0.5,
    ),
    start=replace(TUNED.start, candidates=14),
    start_weights=TUNED.start_weights,
    shape_every=5,
)
"""FICE's objective as low as 501 steps bring it, in an eighth of the time of the published loop.

Measured on fifty demo edits (docs/benchmarks.md), of which it gets more right; against 501 steps of
this library, which takes fewer seconds for each, it is a fifth. It differs in the path only: some
forty looks are tried before the first step, steps are long, partly taken by all layers together,
with a warm-up, a cosine and a short memory, and pose and head are looked at in every fifth.
"""

RECIPES: Mapping[str, Recipe] = MappingProxyType({"tuned": TUNED, "paper": PAPER, "fast": FAST})
"""Recipes by the name that programs and nodes offer."""
