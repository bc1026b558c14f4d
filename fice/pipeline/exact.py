"""The result of any editor, made exact: laid on its photo, its garment taken, its cast undone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..alignment import (
    Alignment,
    Cast,
    CastModel,
    change_map,
    find_alignment,
    find_alignment_of_all,
    lay,
    measure_cast,
    without_cast,
)
from ..base.errors import ImageError
from ..base.frame import Frame, Size
from ..base.images import resize, to_pixels
from ..base.shapes import check_image
from ..base.trained_size import regions_of
from ..base.types import Perceptor, Regions
from ..stitching.compositing import max_change_outside
from ..stitching.masks import grow
from ..stitching.put_back import stitch_each
from ..stitching.region_masks import AUTOMATIC, Edges, found_mask, painted_mask
from ..stitching.seams import DEFAULT_SEAM
from .photo import take_mask

KEPT = 0.5  # probability from which a hand or hair counts as such
CLOSE = 1 / 300  # of the longer side: growth and feather of a change map
SOFTENED = 1 / 400  # of the longer side: how far a kept hand's border is softened


@dataclass(frozen=True, eq=False)
class Aligned:
    """Edited pictures as they lie on their photos.

    Attributes:
        image: `[B, 3, H, W]` in [0, 1]; the photo itself where an edited picture shows nothing.
        covered: `[B, 1, H, W]`, 1 where it shows something.
        alignments: of each.
    """

    image: Tensor
    covered: Tensor
    alignments: tuple[Alignment, ...]

    @property
    def warnings(self) -> tuple[str, ...]:
        """A sentence on each that cannot be relied on."""
        many = len(self.alignments) > 1
        return tuple(
            f"{f'Image {i}: the' if many else 'The'} edited picture could not be laid on the photo "
            f"reliably (confidence {one.confidence:.2f}). Look at the result; give a mask of what "
            "was to change, or use an edit that shows more of the photo unchanged."
            for i, one in enumerate(self.alignments)
            if not one.is_sure
        )


@dataclass(frozen=True, eq=False)
class TakenGarment:
    """A photo with what an editor was asked to change, and nothing else.

    Attributes:
        image: `[B, 3, H, W]`.
        mask: what was taken, `[B, 1, H, W]`; where it is 0, `image` is the photo bit for bit.
        casts: that were undone.
        max_change_outside: `[B]`; 0 is the proof.
    """

    image: Tensor
    mask: Tensor
    casts: tuple[Cast, ...]
    max_change_outside: Tensor


def align(
    photo: Tensor,
    edited: Tensor,
    mask: Tensor | None = None,
    *,
    flow: bool = False,
    together: bool = False,
) -> Aligned:
    """Lays edited pictures of any size and proportions back on their photos.

    Finds shift, zoom, crop, stretch and a small rotation from what was not edited, and samples each
    picture once at the size of its photo.

    Args:
        photo: `[B, 3, H, W]` or `[3, H, W]` in [0, 1]; one serves for all edited pictures.
        edited: likewise, of any size; one serves for all photos.
        mask: what was to change, as for `fice.edit`; helps where that is much of the photo.
        flow: whether a smooth local warp is undone as well.
        together: whether one transform serves for all, as for the frames of a still camera.

    Raises:
        ImageError: if the numbers of pictures do not fit, or the mask selects nothing.
        ShapeError: if something is not an image.
    """
    old, new = _pairs(photo, edited)
    masks = _masks(mask, old)
    pixels = [to_pixels(one) for one in old]
    others = [to_pixels(one) for one in new]
    if together:
        one = find_alignment_of_all(pixels, others, masks, flow=flow)
        found = [one] * len(old)
    else:
        found = [
            find_alignment(*each, flow=flow) for each in zip(pixels, others, masks, strict=True)
        ]
    return lay_each(old, new, found)


def lay_each(photo: Tensor, edited: Tensor, alignments: Sequence[Alignment]) -> Aligned:
    """Edited pictures `[B, 3, h, w]` on photos `[B, 3, H, W]`, as `alignments` say."""
    images, covers = [], []
    for old, new, found in zip(photo, edited, alignments, strict=True):
        laid, covered = lay(new, found.transform, found.flow)
        images.append(torch.where(covered.to(old) > 0, laid.to(old), old))
        covers.append(covered.to(old))
    return Aligned(torch.stack(images), torch.stack(covers), tuple(alignments))


def colour_to_photo(
    photo: Tensor,
    aligned: Tensor,
    mask: Tensor | None = None,
    *,
    covered: Tensor | None = None,
    model: CastModel = "global",
) -> tuple[Tensor, tuple[Cast, ...]]:
    """Undoes the colour cast of edited pictures that lie on their photos.

    It is measured outside the garment and undone everywhere, so that the garment gets the colour
    that was meant, as it looks in the photo's light.

    Args:
        photo: `[B, 3, H, W]` in [0, 1].
        aligned: likewise, from `align`.
        mask: what was to change, `[B, 1, H, W]`; without it, what changed is found to be unlike.
        covered: from `align`, what is shown at all.
        model: one correction for all of the picture, or one that changes smoothly across it.

    Returns:
        `[B, 3, H, W]`, and each cast.

    Raises:
        ImageError: if the sizes differ, or the mask selects nothing.
    """
    old, new = _same_size(photo, aligned)
    named = None if mask is None else take_mask(mask, old)
    same = torch.ones_like(old[:, :1]) if covered is None else covered.to(old)
    if named is not None:
        same = same * (named == 0)
    casts = [
        measure_cast(a, b, where, model)
        for a, b, where in zip(old.split(1), new.split(1), same.split(1), strict=True)
    ]
    images = [without_cast(one, cast) for one, cast in zip(new.split(1), casts, strict=True)]
    return torch.cat(images), tuple(casts)


def take_garment(
    photo: Tensor,
    aligned: Tensor,
    mask: Tensor | None = None,
    *,
    segmenter: Perceptor[Regions] | None = None,
    covered: Tensor | None = None,
    match_colour: CastModel | None = "global",
    edges: Edges | None = None,
    seam: str = DEFAULT_SEAM,
) -> TakenGarment:
    """Puts only what an editor was asked to change into the photos.

    What that is says a mask; else a segmenter, which finds the garment before and after, while hair
    and hands in front of it stay the photo's; else the difference of the pictures alone.

    Args:
        photo: `[B, 3, H, W]` in [0, 1].
        aligned: likewise, from `align`.
        mask: what may change, as for `fice.edit`.
        segmenter: finds garments; unused if there is a mask.
        covered: from `align`; what the edited picture does not show is not taken.
        match_colour: how the cast is undone; None leaves it.
        edges: how far the mask reaches beyond what was found; None suits the photo.
        seam: one of `fice.stitching.seams.SEAM_METHODS`.

    Raises:
        ImageError: if nothing is to be taken, or sizes do not fit.
    """
    old, new = _same_size(photo, aligned)
    shown = torch.ones_like(old[:, :1]) if covered is None else covered.to(old)
    casts: tuple[Cast, ...] = ()
    if match_colour is not None:
        new, casts = colour_to_photo(old, new, mask, covered=shown, model=match_colour)
    masks = garment_masks(old, new, mask, shown, segmenter, edges)
    size = (old.shape[-2], old.shape[-1])
    done = stitch_each(old, new, masks, (Frame.whole(size, size),) * len(old), seam)
    if not bool(done.mask.any()):
        raise ImageError(
            "Nothing is to be taken: the edited picture differs from the photo nowhere. Give a "
            "mask of the garment, or look whether the edit worked."
        )
    outside = max_change_outside(old, done.image, done.mask)
    return TakenGarment(done.image, done.mask, casts, outside)


def garment_masks(
    photo: Tensor,
    aligned: Tensor,
    mask: Tensor | None,
    covered: Tensor,
    segmenter: Perceptor[Regions] | None,
    edges: Edges | None,
) -> list[Tensor]:
    """What is to be taken of each picture, `[1, 1, H, W]`; see `take_garment`."""
    size = (photo.shape[-2], photo.shape[-1])
    frame = Frame.whole(size, size)
    shown = covered.split(1)
    if mask is not None:
        painted = take_mask(mask, photo).split(1)
        given = edges or Edges(grow=0, feather=0, holes=False)
        return [painted_mask(one, frame, given) * c for one, c in zip(painted, shown, strict=True)]
    each = zip(photo.split(1), aligned.split(1), shown, strict=True)
    if segmenter is not None:
        return [
            _segmented(old, new, frame, segmenter, edges or AUTOMATIC) * c for old, new, c in each
        ]
    found = edges or _close(size)
    return [painted_mask(change_map(old, new, c), frame, found) * c for old, new, c in each]


def _close(size: Size) -> Edges:
    """What was told by difference ends where the difference does."""
    reach = max(1, round(max(size) * CLOSE))
    return Edges(grow=reach, feather=reach)


def _segmented(
    photo: Tensor, aligned: Tensor, frame: Frame, segmenter: Perceptor[Regions], edges: Edges
) -> Tensor:
    """The garment before and after, without the hands that lie in front of it both times."""
    before, after = (regions_of(one, segmenter) for one in (photo, aligned))
    found = found_mask(before, after, frame, edges=edges)
    size = (photo.shape[-2], photo.shape[-1])
    skin = [resize(one.body - one.garment + one.head, size) for one in (before, after)]
    hands = (torch.minimum(*skin) > KEPT).to(photo)
    reach = max(1, round(max(size) * SOFTENED))
    soft = grow(hands, reach)
    return found * (1.0 - soft)


def _pairs(photo: Tensor, edited: Tensor) -> tuple[Tensor, Tensor]:
    old, new = (
        check_image(one.unsqueeze(0) if one.dim() == 3 else one, what)
        for one, what in ((photo, "The photo"), (edited, "The edited picture"))
    )
    count = max(len(old), len(new))
    if {len(old), len(new)} - {1, count}:
        raise ImageError(
            f"There are {len(old)} photos and {len(new)} edited pictures; give as many, or one of "
            "either."
        )
    return old.expand(count, -1, -1, -1), new.expand(count, -1, -1, -1)


def _same_size(photo: Tensor, aligned: Tensor) -> tuple[Tensor, Tensor]:
    old, new = _pairs(photo, aligned)
    if old.shape[-2:] != new.shape[-2:]:
        raise ImageError(
            f"The photo is {old.shape[-1]} x {old.shape[-2]} pixels, the edited picture "
            f"{new.shape[-1]} x {new.shape[-2]}; lay it on the photo first, with `fice.align` or "
            "'Align to Photo'."
        )
    return old, new


def _masks(mask: Tensor | None, photo: Tensor) -> list[NDArray[np.uint8] | None]:
    """For each photo 255 where it may change, `[H, W]`."""
    if mask is None:
        return [None] * len(photo)
    given = (take_mask(mask, photo) > 0).to("cpu", torch.uint8).squeeze(1)
    return [255 * one.numpy() for one in given]
