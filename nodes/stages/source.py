"""What the wires say of the photo and the wish: for one image after another."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace

from torch import Tensor, device

from ...fice.base.errors import ImageError
from ...fice.base.images import resize
from ...fice.base.layer_groups import mean_ws
from ...fice.base.types import ClipModel, Synthesizer, measure
from ...fice.guidance.constraints import Constraint
from ...fice.guidance.guides import Guide
from ...fice.guidance.source import Source
from ...fice.pipeline.guard import doubts_about
from ...fice.pipeline.photo import take_photo
from ...fice.pipeline.wording import Texts, Understood, understand
from ..host.models import HostModel
from ..host.precision import Precision
from ..host.wires import LinkedGuide, Pose, RegionMap, WPlus, batched


@dataclass(frozen=True)
class LinkedPhoto:
    """What is linked about the photo.

    Attributes:
        start: its W+; None is the generator's mean figure.
        pose: what DensePose saw; None leaves pose and figure free.
        regions: what the segmenter saw; None leaves the pixels free.
    """

    start: WPlus | None
    pose: Pose | None
    regions: RegionMap | None

    @property
    def networks(self) -> list[HostModel]:
        """The networks that look at each candidate."""
        return [one.network for one in (self.pose, self.regions) if one is not None]

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
        ws = mean_ws(synthesizer) if self.start is None else _item(self.start.ws, index)
        chart = regions = image = painted = None
        if self.pose is not None:
            image = _at_generator(_item(self.pose.image, index), synthesizer)
            network = self.pose.perceptor(index, synthesizer.resolution)
            chart = measure(precision.perceptor(network), image)
        if self.regions is not None:
            image = _at_generator(_item(self.regions.image, index), synthesizer)
            regions = measure(precision.perceptor(self.regions.network.model), image)
            if self.regions.garment_mask is not None:
                mask = _item(self.regions.garment_mask, index)
                painted = resize(mask, image.shape[-2:]).to(image)
        return Source(image, ws.to(where), chart, regions, painted)


@dataclass(frozen=True)
class LinkedWish:
    """What widgets and wires ask for; what the text leaves open depends on the photo.

    Attributes:
        clip: the guide, where and how it computes.
        texts: what was asked for.
        guides: more wishes about the picture.
        constraints: wishes about W+.
    """

    clip: ClipModel
    texts: Texts
    guides: tuple[Guide, ...] = ()
    constraints: tuple[Constraint, ...] = ()

    def of(self, source: Source) -> Understood:
        """What is aimed at for one photo."""
        found = understand(self.texts, self.clip, source.image)
        wish = replace(found.wish, guides=self.guides, constraints=self.constraints)
        return replace(found, wish=wish)


def linked_wish(
    clip: HostModel,
    texts: Texts,
    precision: Precision,
    guidance: Sequence[LinkedGuide] = (),
    constraints: Sequence[Constraint] = (),
) -> LinkedWish:
    """What the widgets and wires ask for."""
    linked = [clip.model, *(one.clip.model for one in guidance if one.clip is not None)]
    # Each model once, so that guides of one model share what it sees.
    models = {id(model): model for model in linked}
    looking = {key: precision.clip(model) for key, model in models.items()}
    guides = tuple(
        one.guide if one.clip is None else replace(one.guide, clip=looking[id(one.clip.model)])
        for one in guidance
    )
    return LinkedWish(looking[id(clip.model)], texts, guides, tuple(constraints))


@dataclass(frozen=True)
class Checked:
    """What speaks against editing the photos.

    Attributes:
        warnings: in sentences.
        idle: which of them show nobody, and stay as they are.
    """

    warnings: list[str]
    idle: list[bool]


def check_known(sources: Sequence[Source], synthesizer: Synthesizer, *, anyway: bool) -> Checked:
    """What speaks against editing the photos.

    Raises:
        ImageError: if the networks do not know one of them, and `anyway` is not asked for.
    """
    warnings: list[str] = []
    idle = [False] * len(sources)
    for index, source in enumerate(sources):
        drawn = synthesizer.synthesize(source.ws).clamp(0.0, 1.0)
        for doubt in doubts_about(source, drawn, synthesizer):
            which = "" if len(sources) == 1 else f"Photo {index} of the batch: "
            if doubt.level == "foreign" and not anyway:
                raise ImageError(f"{which}{doubt.sentence}")
            idle[index] = doubt.level == "nobody"
            warnings.append(f"{which}{doubt.sentence}")
            logging.warning("CLIP-Guided Inversion: %s", warnings[-1])
    return Checked(warnings, idle)


def _at_generator(photo: Tensor, synthesizer: Synthesizer) -> Tensor:
    return resize(take_photo(photo, synthesizer), synthesizer.resolution)


def _item(batch: Tensor, index: int) -> Tensor:
    """Image number `index` as a batch of one; a single one serves for all."""
    return batch[min(index, len(batch) - 1)].unsqueeze(0)
