"""From what was found in a crop to a mask of the photo, and the edited crop through it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal

import torch
from torch import Tensor

from .compositing import Stitched, garment_mask
from .framing import Frame, inside_frame, mask_in_photo, put_back
from .masks import feather_outwards, fill_holes, grow, largest_part
from .seams import DEFAULT_SEAM, join

Region = Literal["garment", "head"]

BLACK = 1.0 / 255.0  # less is black in a mask of 8 bits, where nothing may change

MARGIN_FRACTION = 1 / 64  # of the frame's height: growth and feather that suit a garment


STRIP_FRACTION = 1 / 24  # of the frame's height: what is thinner is no part of a body


@dataclass(frozen=True)
class Edges:
    """How far a mask reaches beyond what was found, in pixels of the photo.

    Attributes:
        grow: added all around, so that no rim of the old garment shows; None suits the frame.
        feather: over which the mask then falls to 0; None suits the frame.
        holes: whether what lies inside the found, cut off from the rest, belongs to it.
    """

    grow: int | None = None
    feather: int | None = None
    holes: bool = True

    def at(self, frame: Frame, rows: int) -> tuple[int, int]:
        """`grow` and `feather` in pixels of a map that shows the frame in so many rows."""
        return _scaled(self.grow, frame, rows), _scaled(self.feather, frame, rows)


AUTOMATIC = Edges()
"""Edges that suit the frame."""


def worn(garment: Tensor, person: Tensor) -> Tensor:
    """P(garment) where it lies on the largest person, `[B, 1, h, w]`.

    What a segmenter takes for clothes beside the person (an edge of a table, somebody else) would
    be replaced by the background that the generator draws there.

    Args:
        garment: P(garment) of a crop or of the edited crop, `[B, 1, h, w]`.
        person: P(any part of a person), likewise.
    """
    thickness = max(1, round(person.shape[-2] * STRIP_FRACTION))
    core = largest_part(person, thickness)
    # Hems and cuffs end in tips that are thin as well.
    return garment * grow(core, thickness)


def region_mask(
    before: Tensor,
    after: Tensor,
    head: Tensor | None,
    frame: Frame,
    *,
    region: Region = "garment",
    edges: Edges = AUTOMATIC,
) -> Tensor:
    """The mask of the photo for what was found in its crop, `[1, 1, H, W]`.

    Args:
        before: P(garment) of the crop, `[1, 1, h, w]` at any size.
        after: P(garment) of the edited crop, likewise.
        head: P(head) of the crop; None keeps nothing of it.
        frame: where the crop lies.
        region: `garment` is the union of both garments, so that a shorter sleeve shows skin;
            `head` is all but the head, as in the paper, and takes no `edges`.
        edges: of the garment.
    """
    rows = before.shape[-2]
    if region == "head":
        found = torch.ones_like(before) if head is None else 1.0 - head
    else:
        grow_by, feather = edges.at(frame, rows)
        found = garment_mask(
            before, after, head, grow_by=grow_by, feather=feather, holes=edges.holes
        )
    here = replace(frame, size=(rows, before.shape[-1]))
    # A garment that the frame cuts must not end in a straight line.
    soft = inside_frame(here, _scaled(None, frame, rows)).to(found)
    mask = mask_in_photo(found * soft, here)
    # In a photo that is all frame, as in the paper, its sum holds to the last trace.
    as_published = region == "head" and frame == Frame.whole(frame.photo_size, frame.size)
    return mask if as_published else _without_traces(mask)


def drawn_mask(mask: Tensor, frame: Frame, edges: Edges = AUTOMATIC) -> Tensor:
    """A mask that somebody drew on the photo, `[1, 1, H, W]`, with `edges`."""
    grow_by, feather = edges.at(frame, frame.box_size[0])
    filled = fill_holes(mask) if edges.holes else mask
    return _without_traces(feather_outwards(grow(filled, grow_by), feather))


def stitch_each(
    photo: Tensor,
    patch: Tensor,
    masks: Sequence[Tensor],
    frames: Sequence[Frame],
    seam: str = DEFAULT_SEAM,
) -> Stitched:
    """Puts each edited crop into its photo; see `fice.framing.put_back`.

    Args:
        photo: `[B, 3, H, W]` in [0, 1].
        patch: the edited crops, `[B, 3, h, w]`, as the frames show them but of any size.
        masks: of each photo, `[1, 1, H, W]`.
        frames: of each photo.
        seam: one of `fice.seams.SEAM_METHODS`.
    """
    size = (patch.shape[-2], patch.shape[-1])
    parts = zip(photo.split(1), patch.split(1), masks, frames, strict=True)
    done = [
        put_back(one, new, mask, replace(frame, size=size), partial(join, seam=seam))
        for one, new, mask, frame in parts
    ]
    return Stitched(_batch([one.image for one in done]), _batch([one.mask for one in done]))


def _without_traces(mask: Tensor) -> Tensor:
    return torch.where(mask < BLACK, 0.0, mask)


def _scaled(pixels: int | None, frame: Frame, rows: int) -> int:
    if pixels is None:
        return max(1, round(rows * MARGIN_FRACTION))
    return max(1, round(pixels * rows / frame.box_size[0])) if pixels else 0


def _batch(images: Sequence[Tensor]) -> Tensor:
    """As `torch.cat`, without another copy of a single, large photo."""
    return images[0] if len(images) == 1 else torch.cat(list(images))
