"""From what was found in a crop to a mask of the photo, and the edited crop through it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from ..base.errors import ImageError
from ..base.frame import Frame
from ..base.images import resize
from ..base.shapes import check_mask
from ..base.types import Region, Regions
from .masks import feather_outwards, fill_holes, grow, largest_part
from .put_back import inside_frame, mask_in_photo

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
"""Edges that suit the frame, for what a network found."""

AS_PAINTED = Edges(grow=0, feather=0, holes=False)
"""Not a pixel more, for what somebody painted."""


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


def found_mask(
    before: Regions,
    after: Regions,
    frame: Frame,
    *,
    region: Region = "garment",
    edges: Edges = AUTOMATIC,
) -> Tensor:
    """`region_mask` of what a segmenter saw in a crop, before and after, of batches of one.

    Args:
        before: at any size.
        after: likewise; unused for the region `head`.
        frame: where the crop lies.
        region: see `region_mask`.
        edges: likewise.

    Raises:
        ImageError: for the region `head`, if the segmenter has no notion of heads.
    """
    if region == "head" and not bool(before.head.any()):
        raise ImageError(
            "The segmenter sees not a trace of a head on the photo, so with the region `head` "
            "nothing of it would stay. Use the region `garment`, or a segmenter that knows heads."
        )
    old, new = (worn(one.garment, 1.0 - one.background) for one in (before, after))
    size = (old.shape[-2], old.shape[-1])
    return region_mask(old, resize(new, size), before.head, frame, region=region, edges=edges)


def painted_mask(mask: Tensor, frame: Frame, edges: Edges = AS_PAINTED) -> Tensor:
    """A mask that somebody painted on the photo, `[1, 1, H, W]`: what is black stays the photo's.

    Args:
        mask: `[1, 1, H, W]` in [0, 1].
        frame: where the crop lies.
        edges: nothing is added to what was painted, and its holes stay, unless they say otherwise.
    """
    grow_by, feather = edges.at(frame, frame.box_size[0])
    filled = fill_holes(mask) if edges.holes else mask
    return _without_traces(feather_outwards(grow(filled, grow_by), feather))


def _without_traces(mask: Tensor) -> Tensor:
    return torch.where(mask < BLACK, 0.0, mask)


def _scaled(pixels: int | None, frame: Frame, rows: int) -> int:
    if pixels is None:
        return max(1, round(rows * MARGIN_FRACTION))
    return max(1, round(pixels * rows / frame.box_size[0])) if pixels else 0


# Below half a grey level of 8 bits a mask changes nothing that can be seen or stored.
INVISIBLE = 0.5 / 255.0


def garment_mask(
    before: Tensor,
    after: Tensor,
    head: Tensor | None = None,
    *,
    grow_by: int = 2,
    feather: int = 2,
    holes: bool = True,
) -> Tensor:
    """Where a new garment replaces an old one: the union of both, grown, without the head.

    Args:
        before: P(garment) of the photo, `[B, 1, H, W]`.
        after: P(garment) of the generated image.
        head: P(head) of the photo, which stays the photo's; half and more of it keeps all.
        grow_by: pixels added all around, so that no rim of the old garment shows.
        feather: pixels over which the mask then falls to 0.
        holes: whether a hole in the union belongs to it.

    Returns:
        `[B, 1, H, W]` in [0, 1], with exact zeros outside.
    """
    union = (torch.maximum(check_mask(before), check_mask(after)) > 0.5).to(before)
    whole = fill_holes(union) if holes else union
    mask = feather_outwards(grow(whole, grow_by), feather)
    if head is not None:
        mask = mask * (1.0 - 2.0 * head).clamp(min=0.0)
    return torch.where(mask < INVISIBLE, torch.zeros_like(mask), mask)
