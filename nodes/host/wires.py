"""What travels on our own wires, and how the host's pictures become the library's and back.

The host keeps an IMAGE as `[B, H, W, 3]` and a MASK as `[B, H, W]`; in the library channels
come second.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from comfy_api.latest import io
from torch import Tensor, nn

from ...fice.base.errors import ImageError
from ...fice.base.images import resize
from ...fice.base.types import BodyChart, Perceptor, Regions
from ...fice.guidance.guides import DirectionGuide, PictureGuide, TextGuide
from ...fice.networks.perceptors.densepose_box import BoxedDensePose, scale_box
from ...fice.networks.perceptors.roi_align import Box
from .models import HostModel, to_host, travels_on

GeneratorWire = io.Custom("FICE_GENERATOR")
EncoderWire = io.Custom("FICE_ENCODER")
ClipWire = io.Custom("FICE_CLIP")
ChartNetworkWire = io.Custom("FICE_DENSEPOSE")
SegmenterWire = io.Custom("FICE_SEGMENTER")
WPlusWire = io.Custom("FICE_WPLUS")
PoseWire = io.Custom("FICE_POSE")
RegionsWire = io.Custom("FICE_REGIONS")
ConstraintsWire = io.Custom("FICE_CONSTRAINTS")
GuidanceWire = io.Custom("FICE_GUIDANCE")  # a tuple of `LinkedGuide`
SettingsWire = io.Custom("FICE_INVERSION_SETTINGS")  # a `Settings` of Inversion Settings
EditWire = io.Custom("FICE_EDIT")  # a `fice.edits.LatentEdit`
FrameWire = io.Custom("FICE_FRAME")
"""A tuple of `fice.base.frame.Frame`, one for each photo of a batch or one for all."""

MIN_SIDE = 32  # pixels; the networks halve an image five times
MAX_SIDE = 4096  # pixels; more only costs memory, since generators draw at most 1024
MAX_PHOTO_SIDE = 16384  # pixels; of photos that are cropped before a network sees them


@dataclass(frozen=True)
class WPlus:
    """Latent codes and the generator they are for.

    Attributes:
        ws: `[B, num_ws, w_dim]`.
        generator: fingerprint of the generator.
    """

    ws: Tensor
    generator: str


@dataclass(frozen=True)
class Pose:
    """What DensePose looks with and at: the inversion looks again.

    Attributes:
        network: the body chart network.
        image: the photo, `[B, 3, H, W]`.
        boxes: where in each photo the person is, in its pixels; None looks at all of it.
    """

    network: HostModel[nn.Module]
    image: Tensor
    boxes: tuple[Box, ...] | None = None

    def perceptor(self, index: int, size: tuple[int, int]) -> Perceptor[BodyChart]:
        """What looks at photo number `index` resized to `size` (height, width)."""
        if self.boxes is None:
            return self.network.model
        box = self.boxes[min(index, len(self.boxes) - 1)]
        photo_size = (self.image.shape[-2], self.image.shape[-1])
        return BoxedDensePose(self.network.model, scale_box(box, photo_size, size))


@dataclass(frozen=True)
class RegionMap:
    """What the segmenter saw, and what it looked with and at.

    Attributes:
        network: the segmenter.
        image: the photo, `[B, 3, H, W]`.
        seen: the regions, with the artist's mask as garment if there is one.
        garment_mask: the artist's mask, `[B, 1, H, W]`, or None.
    """

    network: HostModel[nn.Module]
    image: Tensor
    seen: Regions
    garment_mask: Tensor | None = None


@dataclass(frozen=True)
class LinkedGuide:
    """One more wish, and the CLIP model that judges it.

    Attributes:
        guide: the wish, which names no model yet.
        clip: its model; None takes the one of the inversion.
    """

    guide: TextGuide | DirectionGuide | PictureGuide
    clip: HostModel[nn.Module] | None


def image_in(image: Tensor, what: str = "The image", largest: int = MAX_SIDE) -> Tensor:
    """A host IMAGE as `[B, 3, H, W]`, a copy that gradients may pass through.

    In float32 and where the host keeps what travels: under `--fp16-intermediates` it comes in half
    precision, under `--gpu-only` it may lie on another device than the mask beside it.

    Raises:
        ImageError: if it is not RGB, or too small or too large to work with.
    """
    check_image_in(image, what, largest)
    return image.to(travels_on(), torch.float32, copy=True).movedim(-1, 1).contiguous()


def check_image_in(image: Tensor, what: str = "The image", largest: int = MAX_SIDE) -> None:
    """Checks a host IMAGE.

    Raises:
        ImageError: if it is not RGB, or too small or too large to work with.
    """
    channels = image.shape[-1] if image.dim() == 4 else 1
    if channels == 4:
        raise ImageError(
            f"{what} has an alpha channel; put 'Split Image with Alpha' before it and use its RGB."
        )
    if channels != 3:
        raise ImageError(f"{what} has {channels} colour channel(s), RGB with 3 is needed.")
    height, width = image.shape[1:3]
    if min(height, width) < MIN_SIDE:
        raise ImageError(
            f"{what} is {width} x {height} pixels, each side needs at least {MIN_SIDE}."
        )
    if max(height, width) > largest:
        raise ImageError(
            f"{what} is {width} x {height} pixels, at most {largest} per side are possible; "
            "put 'Upscale Image' before it and make it smaller."
        )


def image_out(image: Tensor) -> Tensor:
    """`[B, 3, H, W]` as a host IMAGE `[B, H, W, 3]` in [0, 1]."""
    return to_host(image).clamp(0.0, 1.0).movedim(1, -1).contiguous()


def mask_in(mask: Tensor, size: tuple[int, int], what: str = "The mask") -> Tensor:
    """A host MASK as `[B, 1, H, W]` at `size`, a copy; see `image_in` for where and in what.

    Raises:
        ImageError: if nothing is selected.
    """
    check_mask_in(mask, what)
    mask = mask.to(travels_on(), torch.float32, copy=True).reshape(-1, 1, *mask.shape[-2:])
    return resize(mask, size).clamp(0.0, 1.0)


def check_mask_in(mask: Tensor, what: str = "The mask") -> None:
    """Checks a host MASK.

    Raises:
        ImageError: if nothing is selected.
    """
    if not bool((mask.reshape(-1, *mask.shape[-2:]) > 0).flatten(1).any(1).all()):
        raise ImageError(
            f"{what} selects nothing. A photo without transparency gives such a mask: paint one "
            "with 'Open in Mask Editor', or leave this input unlinked."
        )


def mask_out(mask: Tensor) -> Tensor:
    """`[B, 1, H, W]` as a host MASK `[B, H, W]`."""
    return to_host(mask).squeeze(1).contiguous()


def one_per_mask(photo: Tensor, mask: Tensor | None) -> Tensor:
    """`photo` `[B, 3, H, W]`, a single one repeated for each of several masks `[N, H, W]`."""
    count = 1 if mask is None else mask.reshape(-1, *mask.shape[-2:]).shape[0]
    return photo.expand(count, -1, -1, -1) if len(photo) == 1 else photo


def batched(tensor: Tensor, count: int, what: str) -> Tensor:
    """`tensor` `[B, ...]` for `count` images: one is used for all of them.

    Raises:
        ImageError: if there are several, but not `count`.
    """
    if tensor.shape[0] not in (1, count):
        needed = "1 is" if count == 1 else f"1 or {count} are"
        raise ImageError(f"{what} holds {tensor.shape[0]} images, {needed} needed.")
    return tensor.expand(count, *tensor.shape[1:])


def wanted_after_checks(
    name: str, value: object, original: Tensor, mask: Tensor | None
) -> list[str]:
    """For `check_lazy_status`: asks for a lazy input once what is known can be used.

    Args:
        name: of the lazy input.
        value: what it holds; None before it is computed.
        original: the photo.
        mask: what may change; None if it is not linked.

    Raises:
        ImageError: if photo or mask cannot be used.
    """
    if value is not None:
        return []
    check_image_in(original, "The original", MAX_PHOTO_SIDE)
    if mask is not None:
        check_mask_in(mask)
    return [name]
