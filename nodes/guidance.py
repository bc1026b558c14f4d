"""What an inversion is guided by: wires of the host, bound to one image after another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from torch import Tensor, device

from ..fice.errors import TextError
from ..fice.images import resize
from ..fice.inversion import RandomCrops, Recipe
from ..fice.objective import Source, Wish, objective
from ..fice.photo import take_photo
from ..fice.types import Measurement, Synthesizer, WeightedTerm, measure
from .host import HostModel
from .precision import Precision
from .regularize import Constraint, constraint_terms
from .wires import LinkedGuide, Pose, RegionMap, WPlus, batched


@dataclass(frozen=True)
class Guides:
    """All that may be linked to CLIP-Guided Inversion beside generator and text.

    Attributes:
        start: where it starts; None is the generator's mean figure.
        pose: what DensePose saw; None leaves pose and figure free.
        regions: what the segmenter saw; None leaves the pixels free.
        guidance: more wishes about the picture.
    """

    start: WPlus | None
    pose: Pose | None
    regions: RegionMap | None
    guidance: Sequence[LinkedGuide] = ()

    @property
    def networks(self) -> list[HostModel]:
        """The networks that look at each candidate, beside the CLIP guide of the node."""
        seen = [one.network for one in (self.pose, self.regions) if one is not None]
        return [*seen, *(one.clip for one in self.guidance if one.clip is not None)]

    @property
    def count(self) -> int:
        """How many images there are to edit.

        Raises:
            ImageError: if the wires hold different numbers of images.
        """
        given = {
            "The start W+": self.start and self.start.ws,
            "The pose": self.pose and self.pose.image,
            "The regions": self.regions and self.regions.image,
        }
        sizes = {what: batch for what, batch in given.items() if batch is not None}
        count = max((len(batch) for batch in sizes.values()), default=1)
        for what, batch in sizes.items():
            batched(batch, count, what)
        return count

    def source(
        self, index: int, synthesizer: Synthesizer, where: device, precision: Precision
    ) -> Source:
        """What is known of image number `index`, seen again at the size of the generator."""
        ws = _mean_figure(synthesizer) if self.start is None else _item(self.start.ws, index)
        chart = regions = image = None
        if self.pose is not None:
            image = _at_generator(_item(self.pose.image, index), synthesizer)
            network = self.pose.perceptor(index, synthesizer.resolution)
            chart = measure(precision.perceptor(network), image)
        if self.regions is not None:
            image = _at_generator(_item(self.regions.image, index), synthesizer)
            regions = _measured_regions(self.regions, image, index, precision)
        return Source(image, ws.to(where), chart, regions)


def read_wish(
    clip: HostModel,
    text: str,
    negative_text: str,
    precision: Precision,
    guidance: Sequence[LinkedGuide] = (),
) -> Wish:
    """The features of both texts, and the guides; an empty negative text is none.

    Raises:
        TextError: if there is no text, or it cannot be used.
    """
    if not text.strip():
        raise TextError("The text is empty: write what the garment should be, e.g. 'a red dress'.")
    model = precision.guide(clip.model)
    unwanted = model.encode_text([negative_text]) if negative_text.strip() else None
    guides = tuple(
        one.guide if one.clip is None else replace(one.guide, clip=precision.guide(one.clip.model))
        for one in guidance
    )
    return Wish(model, model.encode_text([text]), unwanted, guides)


def step_terms(
    recipe: Recipe,
    source: Source,
    wish: Wish,
    synthesizer: Synthesizer,
    constraints: Sequence[Constraint],
    seed: int,
) -> tuple[WeightedTerm, ...]:
    """The objective of the gradient steps.

    Raises:
        FiceError: if nothing is left to aim at.
    """
    views = RandomCrops(recipe.crops, (seed,)) if recipe.crops else None
    terms = objective(recipe.weights, source, wish, synthesizer, recipe=recipe, views=views)
    return (*terms, *constraint_terms(constraints, synthesizer, source.ws))


def _at_generator(photo: Tensor, synthesizer: Synthesizer) -> Tensor:
    return resize(take_photo(photo, synthesizer), synthesizer.resolution)


def _mean_figure(synthesizer: Synthesizer) -> Tensor:
    return synthesizer.w_avg.repeat(1, synthesizer.num_ws, 1)


def _measured_regions(
    regions: RegionMap, image: Tensor, index: int, precision: Precision
) -> Measurement:
    measured = measure(precision.perceptor(regions.network.model), image)
    if regions.garment_mask is None:
        return measured
    garment = resize(_item(regions.garment_mask, index), image.shape[-2:]).to(image)
    return replace(measured, seen=replace(measured.seen, garment=garment))


def _item(batch: Tensor, index: int) -> Tensor:
    """Image number `index` as a batch of one; a single one serves for all."""
    return batch[min(index, len(batch) - 1)].unsqueeze(0)
