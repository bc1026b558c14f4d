"""From the numbers of a recipe and what was seen in the photo to the terms of the objective."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from typing import TypeVar

from torch import Tensor

from .errors import FiceError
from .guides import Guide, bind_guides
from .inversion import BestSteps, Plateau, PoseGuard, keep
from .inversion.recipe import Keep, LossWeights, Recipe
from .losses import (
    BodyShapeTerm,
    ClipTerm,
    HeadShapeTerm,
    ImageTerm,
    StartPriorTerm,
    Views,
    WDeltaTerm,
    WPriorTerm,
)
from .types import (
    BodyChart,
    ClipGuide,
    InversionStep,
    Measurement,
    Regions,
    Synthesizer,
    WeightedTerm,
)

SeenT = TypeVar("SeenT", BodyChart, Regions)


@dataclass(frozen=True, eq=False)
class Source:
    """What is known of the photo, at the size of the generator.

    Attributes:
        image: `[B, 3, H, W]` in [0, 1].
        ws: the encoder's W+ of it, `[B, num_ws, w_dim]`.
        chart: its body chart; None leaves pose and body shape free.
        regions: its regions; None leaves its pixels and the outline of its head free.
    """

    image: Tensor
    ws: Tensor
    chart: Measurement[BodyChart] | None = None
    regions: Measurement[Regions] | None = None

    def only(self, rows: slice) -> Source:
        """What is known of some photos of the batch."""
        return Source(
            image=self.image[rows],
            ws=self.ws[rows],
            chart=self.chart and replace(self.chart, seen=_rows(self.chart.seen, rows)),
            regions=self.regions and replace(self.regions, seen=_rows(self.regions.seen, rows)),
        )


@dataclass(frozen=True, eq=False)
class Wish:
    """What the texts ask for.

    Attributes:
        clip: the guide that read them.
        wanted: features of the texts, `[B, E]` or `[1, E]`.
        unwanted: features of the texts to move away from, or None.
        guides: more wishes, each with a weight of its own.
    """

    clip: ClipGuide
    wanted: Tensor
    unwanted: Tensor | None = None
    guides: Sequence[Guide] = ()

    def only(self, rows: slice) -> Wish:
        """What is asked of some images of the batch."""

        def own(features: Tensor) -> Tensor:
            return features if len(features) == 1 else features[rows]

        unwanted = None if self.unwanted is None else own(self.unwanted)
        return Wish(self.clip, own(self.wanted), unwanted, self.guides)


def objective(
    weights: LossWeights,
    source: Source,
    wish: Wish,
    synthesizer: Synthesizer,
    *,
    recipe: Recipe,
    views: Views | None = None,
) -> tuple[WeightedTerm, ...]:
    """Binds each term that has a weight, and something to compare with, to its target.

    Args:
        weights: factor of each term; 0 leaves it out.
        source: the photo.
        wish: the texts.
        synthesizer: the generator, for the statistics of its W.
        recipe: how the image term looks at pixels.
        views: draws the views that CLIP sees; None shows it the whole picture.

    Raises:
        FiceError: if nothing is left to aim at.
        TextError: if the text of a guide cannot be used.
    """
    terms = tuple(_terms(weights, source, wish, synthesizer, recipe=recipe, views=views))
    if not terms:
        raise FiceError("All loss weights are 0, so there is nothing to aim at; raise one of them.")
    return terms


def _terms(
    weights: LossWeights,
    source: Source,
    wish: Wish,
    synthesizer: Synthesizer,
    *,
    recipe: Recipe,
    views: Views | None,
) -> Iterator[WeightedTerm]:
    chart, regions = source.chart, source.regions
    if weights.clip:
        term = ClipTerm(wish.clip.encode_image, wish.wanted, wish.unwanted, views=views)
        yield WeightedTerm(term, weights.clip)
    yield from bind_guides(wish.guides, wish.clip, source.image, views)
    if weights.image and regions:
        keep = kept_pixels(regions.seen, recipe.keep)
        segmenter = regions.perceptor if recipe.keep == "outside_both_garments" else None
        term = ImageTerm(source.image, keep, recipe.image_normalise, segmenter)
        yield WeightedTerm(term, weights.image)
    if weights.body_shape and chart:
        term = BodyShapeTerm(chart.perceptor, chart.seen.body)
        yield WeightedTerm(term, weights.body_shape, recipe.shape_every)
    if weights.head_shape and regions:
        term = HeadShapeTerm(regions.perceptor, regions.seen.head)
        yield WeightedTerm(term, weights.head_shape, recipe.shape_every)
    if weights.w_delta:
        yield WeightedTerm(WDeltaTerm(), weights.w_delta)
    if weights.w_prior:
        yield WeightedTerm(WPriorTerm(synthesizer.w_avg, synthesizer.w_std), weights.w_prior)
    if weights.start_prior:
        yield WeightedTerm(StartPriorTerm(source.ws, synthesizer.w_std), weights.start_prior)


def _rows(seen: SeenT, rows: slice) -> SeenT:
    """Some images of what a perceptor saw in a batch."""
    maps = {field.name: getattr(seen, field.name) for field in fields(seen)}
    return replace(seen, **{name: None if m is None else m[rows] for name, m in maps.items()})


def keep_by(
    recipe: Recipe, steps: Iterator[InversionStep], source: Source
) -> Iterator[tuple[InversionStep, BestSteps]]:
    """`keep` with the rules of a recipe; without a body chart there is no pose to hold."""
    chart, least = source.chart, recipe.least_pose_overlap
    return keep(
        steps,
        best=recipe.keep_best,
        plateau=Plateau(recipe.patience) if recipe.patience else None,
        pose=PoseGuard(chart, least) if least and chart else None,
    )


def kept_pixels(regions: Regions, keep: Keep) -> Tensor:
    """Weight map of the image term, `[B, 1, H, W]` in [0, 1]."""
    return 1.0 - (regions.body if keep == "outside_body" else regions.garment)
