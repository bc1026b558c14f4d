"""The values that travel between the stages, and what the stages expect of each other.

Tensor conventions, used everywhere in `fice`:
    image: `[B, 3, H, W]` float32 RGB in [0, 1].
    mask: `[B, 1, H, W]` float32 in [0, 1].
    ws: `[B, num_ws, w_dim]` float32, the extended latent code (W+ in prose); `w` is one
        `[B, w_dim]`.

Values are frozen: a stage returns a new one instead of changing what it was given.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Generic, Literal, Protocol, TypeAlias, TypeVar

import torch
from torch import Tensor

Region: TypeAlias = Literal["garment", "head"]
"""What of a generated picture goes into the photo: the `garment` only, or all but the `head`."""

Rows: TypeAlias = slice | list[int]
"""Some images of a batch: a slice, or their numbers."""

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

# DensePose part ids that FICE keeps: torso, hands, arms, head. Legs and feet (5-14) are left free.
FICE_BODY_PARTS = (1, 2, 3, 4, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24)


def runs(numbers: Sequence[int]) -> list[slice]:
    """Ascending `numbers` as slices: a list of indices would travel to a GPU in every step."""
    starts = [n for n in numbers if n - 1 not in numbers]
    stops = [n + 1 for n in numbers if n + 1 not in numbers]
    return [slice(*ends) for ends in zip(starts, stops, strict=True)]


class Synthesizer(Protocol):
    """All that the inversion knows of a GAN."""

    @property
    def num_ws(self) -> int:
        """Number of latent codes of one image, i.e. layers that take one."""
        ...

    @property
    def w_dim(self) -> int:
        """Size of one latent code."""
        ...

    @property
    def resolution(self) -> tuple[int, int]:
        """Height and width of the images, in pixels."""
        ...

    @property
    def w_avg(self) -> Tensor:
        """Mean of the latent space W, `[w_dim]`."""
        ...

    @property
    def w_std(self) -> Tensor:
        """Standard deviation of the latent space W per dimension, `[w_dim]`."""
        ...

    @property
    def fingerprint(self) -> str:
        """Short hash of the weights, so that a saved W+ knows its generator."""
        ...

    def synthesize(self, ws: Tensor, *, recompute: bool = False) -> Tensor:
        """Images `[B, 3, H, W]` of `ws`, nominally in [0, 1] and not clamped.

        With `recompute` the graph keeps little, and the backward pass computes it again.
        """
        ...

    def sample_w(self, z: Tensor, *, truncation_psi: float = 1.0) -> Tensor:
        """Latent codes `[B, w_dim]` of `z` `[B, z_dim]`."""
        ...

    @property
    def z_dim(self) -> int:
        """Size of the input of the mapping network."""
        ...


class Perceptor(Protocol[T_co]):
    """A frozen, differentiable network that looks at an image `[B, 3, H, W]` in [0, 1]."""

    def __call__(self, image: Tensor) -> T_co:
        """What the network sees in `image`."""
        ...


class LatentEncoder(Protocol):
    """A network that turns an image into W+ of one generator."""

    @property
    def num_ws(self) -> int:
        """Number of latent codes that it predicts."""
        ...

    @property
    def w_dim(self) -> int:
        """Size of one latent code."""
        ...

    def __call__(self, image: Tensor) -> Tensor:
        """W+ `[B, num_ws, w_dim]` of `image` `[B, 3, H, W]`."""
        ...


class ClipModel(Protocol):
    """A CLIP model: images and texts to unit vectors of one space."""

    @property
    def fingerprint(self) -> str:
        """Short hash of the weights."""
        ...

    def encode_image(self, image: Tensor) -> Tensor:
        """Unit vectors `[B, E]` of `image` `[B, 3, H, W]` in [0, 1]."""
        ...

    def encode_text(self, texts: Sequence[str]) -> Tensor:
        """Unit vectors `[N, E]` of N texts.

        Raises:
            TextError: if a text is empty, longer than the context, or has no word that is known.
        """
        ...

    def ignored_words(self, text: str) -> tuple[str, ...]:
        """The words of `text` that this model has never seen and leaves out."""
        ...


@dataclass(frozen=True)
class BodyChart:
    """What DensePose sees: logits per part, and where on the part a pixel lies.

    Attributes:
        coarse_segm: `[B, 2, h, w]` logits, background and body.
        fine_segm: `[B, 25, h, w]` logits, background and the 24 parts of DensePose.
        u: `[B, 25, h, w]` in [0, 1] or None where it is not computed.
        v: as `u`.
    """

    coarse_segm: Tensor
    fine_segm: Tensor
    u: Tensor | None = None
    v: Tensor | None = None

    def only(self, rows: Rows) -> BodyChart:
        """Those of some images of the batch."""
        return map_each(self, lambda one: one[rows])

    @cached_property
    def body(self) -> Tensor:
        """Part probabilities FICE compares, `[B, 14, h, w]` (formats: softmax(fine) · P(body))."""
        parts = self.fine_segm.softmax(1) * self.coarse_segm.softmax(1)[:, 1:2]
        return torch.cat([parts[:, run] for run in runs(FICE_BODY_PARTS)], dim=1)

    @cached_property
    def part_ids(self) -> Tensor:
        """Most likely part per pixel, `[B, h, w]` int64, 0 for background."""
        on_body = self.coarse_segm.argmax(1)
        return self.fine_segm.argmax(1) * on_body


@dataclass(frozen=True)
class Regions:
    """What a segmenter sees, as probabilities `[B, 1, H, W]` each.

    `background + body + head = 1`. `garment` is the part of `body` that an edit is about; a
    segmenter that cannot tell garment from skin (FICE's own) returns `garment = body`.
    """

    background: Tensor
    body: Tensor
    garment: Tensor
    head: Tensor

    def only(self, rows: Rows) -> Regions:
        """Those of some images of the batch."""
        return map_each(self, lambda one: one[rows])


SeenT = TypeVar("SeenT", BodyChart, Regions)


def map_each(seen: SeenT, change: Callable[[Tensor], Tensor]) -> SeenT:
    """`seen` with `change` made to each of its maps."""
    maps = {field.name: getattr(seen, field.name) for field in fields(seen)}
    return replace(seen, **{name: None if m is None else change(m) for name, m in maps.items()})


@dataclass(frozen=True)
class Measurement(Generic[T]):
    """A perceptor together with what it saw in the source image.

    The loop needs both: the target, and the perceptor to look at each candidate.
    """

    perceptor: Perceptor[T]
    seen: T


def measure(perceptor: Perceptor[T], image: Tensor) -> Measurement[T]:
    """Lets `perceptor` look at `image` `[B, 3, H, W]` once, without a graph."""
    with torch.no_grad():
        return Measurement(perceptor, perceptor(image))


JsonValue = str | int | float | bool | None | list["JsonValue"] | dict[str, "JsonValue"]
