"""From weights and what was seen in the photo to the terms of the objective."""

from __future__ import annotations

from collections.abc import Iterator

from torch import Tensor

from ..base.errors import FiceError
from ..base.types import Regions, Synthesizer
from .constraints import bind_constraints
from .guides import bind_guides
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
from .source import Source
from .terms import WeightedTerm
from .weights import FICE_LOOKS, KeptPixels, Looks, LossWeights
from .wish import Wish


def objective(
    weights: LossWeights,
    source: Source,
    wish: Wish,
    synthesizer: Synthesizer,
    *,
    looks: Looks = FICE_LOOKS,
    views: Views | None = None,
) -> tuple[WeightedTerm, ...]:
    """Binds each term that has a weight, and something to compare with, to its target.

    Args:
        weights: factor of each term; 0 leaves it out.
        source: the photo.
        wish: texts, guides and constraints.
        synthesizer: the generator, for the statistics of its W.
        looks: at which pixels the terms look, and how often.
        views: draws the views that CLIP sees; None shows it the whole picture.

    Raises:
        FiceError: if nothing is left to aim at.
        ImageError: if a guide compares with the photo and there is none.
        TextError: if the text of a guide cannot be used.
    """
    terms = (
        *_text_terms(weights, source, wish, views),
        *_photo_terms(weights, source, looks),
        *_latent_terms(weights, source, synthesizer),
    )
    if not terms:
        raise FiceError("All loss weights are 0, so there is nothing to aim at; raise one of them.")
    return (*terms, *bind_constraints(wish.constraints, synthesizer, source.ws))


def _text_terms(
    weights: LossWeights, source: Source, wish: Wish, views: Views | None
) -> Iterator[WeightedTerm]:
    if weights.clip:
        term = ClipTerm(wish.clip.encode_image, wish.wanted, wish.unwanted, views=views)
        yield WeightedTerm(term, weights.clip)
    yield from bind_guides(wish.guides, wish.clip, source, views)


def _photo_terms(weights: LossWeights, source: Source, looks: Looks) -> Iterator[WeightedTerm]:
    chart, regions, image = source.chart, source.regions, source.image
    if weights.image and regions and image is not None:
        kept = kept_pixels(regions.seen, looks.keep, source.painted)
        spared = source.painted is None and looks.keep == "outside_both_garments"
        segmenter = regions.perceptor if spared else None
        yield WeightedTerm(ImageTerm(image, kept, looks.normalise, segmenter), weights.image)
    if weights.body_shape and chart:
        term = BodyShapeTerm(chart.perceptor, chart.seen.body)
        yield WeightedTerm(term, weights.body_shape, looks.shape_every)
    if weights.head_shape and regions:
        term = HeadShapeTerm(regions.perceptor, regions.seen.head)
        yield WeightedTerm(term, weights.head_shape, looks.shape_every)


def _latent_terms(
    weights: LossWeights, source: Source, synthesizer: Synthesizer
) -> Iterator[WeightedTerm]:
    if weights.w_delta:
        yield WeightedTerm(WDeltaTerm(), weights.w_delta)
    if weights.w_prior:
        yield WeightedTerm(WPriorTerm(synthesizer.w_avg, synthesizer.w_std), weights.w_prior)
    if weights.start_prior:
        yield WeightedTerm(StartPriorTerm(source.ws, synthesizer.w_std), weights.start_prior)


def kept_pixels(regions: Regions, keep: KeptPixels, painted: Tensor | None = None) -> Tensor:
    """Weight map of the image term, `[B, 1, H, W]` in [0, 1]; what was painted goes before all."""
    if painted is not None:
        return 1.0 - painted
    return 1.0 - (regions.body if keep == "outside_body" else regions.garment)
