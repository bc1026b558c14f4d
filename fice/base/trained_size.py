"""Letting a network look at a photo of any size as it looked at its training pictures."""

from __future__ import annotations

from torch import Tensor

from .images import resize
from .types import Perceptor, Regions, map_each, measure


def at_trained_size(photo: Tensor, network: object) -> Tensor:
    """`photo` `[B, 3, H, W]` at the height `network` knows people at, in its own proportions.

    Convolutions know things by their size: a person twice as large is another thing to them. A
    network that names no `person_height` takes the photo as it is.
    """
    height = int(getattr(network, "person_height", photo.shape[-2]))
    width = max(1, round(photo.shape[-1] * height / photo.shape[-2]))
    return resize(photo, (height, width))


def regions_of(photo: Tensor, segmenter: Perceptor[Regions]) -> Regions:
    """The regions of `photo` `[B, 3, H, W]`, at its own size."""
    seen = measure(segmenter, at_trained_size(photo, segmenter)).seen
    size = (photo.shape[-2], photo.shape[-1])
    return map_each(seen, lambda one: resize(one, size))
