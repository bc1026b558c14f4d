"""What a new garment bares takes the colours of the photo: skin, trousers, the wall behind.

Where a sleeve or a hem is shorter than before, the generator draws what comes to light, in colours
of its own: another skin than the hands, pink trousers under the hem of brown ones, a pale wall
around an arm. Beside it both pictures show the same things, so the difference is known there; it is
carried on to where it is not, from near and alike colours (joint bilateral filter: Petschnigg et
al. 2004).
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from ..base.images import resize
from ..base.types import Regions
from .masks import grow

WORKING_SIZE = 128
"""Pixels of the longer side at which differences are carried on; they are smooth."""

POOLED = 3
"""Pixels to a side that speak together of what they know."""

AROUND = 1 / 8
"""Of the longer side: how far beyond both garments colours are matched."""

NEAR, ALIKE = 1 / 24, 0.06
"""Of the longer side, and in RGB: units of the distance between two places and two colours."""

CLOSE, DOUBTED = 1 / 20, 0.01
"""Of the longer side: how close to the old garment skin may be a collar; what it counts there."""

SAME = 0.5
"""Probability from which on both pictures show the same kind of thing somewhere."""

ENOUGH = 0.005
"""Likeness of all places together at which half of a change is made: nothing alike, no change."""


def match_bared(
    generated: Tensor, crops: Tensor, before: Sequence[Regions], after: Sequence[Regions]
) -> Tensor:
    """`generated` with the colours of the photo wherever it shows no garment, `[B, 3, h, w]`.

    Args:
        generated: the edited crops, `[B, 3, h, w]` in [0, 1], of any size.
        crops: the crops of the photo, `[B, 3, H, W]` in [0, 1], of any size.
        before: what a segmenter sees in each of `crops`, in batches of one.
        after: what it sees in each of `generated`, likewise.
    """
    each = zip(generated.split(1), crops.split(1), before, after, strict=True)
    return torch.cat([_match(*one) for one in each])


@torch.no_grad()
def _match(generated: Tensor, crop: Tensor, before: Regions, after: Regions) -> Tensor:
    size, full = _working_size(generated), (generated.shape[-2], generated.shape[-1])
    new, old = (resize(one, size) for one in (generated, crop))
    worn = torch.maximum(resize(before.garment, size), resize(after.garment, size))
    around = grow(worn, round(max(size) * AROUND)) > SAME
    wall = _same(before.background, after.background, size)
    # Skin, and clothes that stay. A face tells the colour of a neck; a collar, which a segmenter
    # may take for one, does not: what lies close to the old garment counts where nothing else is
    # alike.
    close = grow((resize(before.garment, size) > SAME).to(new), round(max(size) * CLOSE))
    body = _same(_body(before), _body(after), size) * (1.0 - (1.0 - DOUBTED) * close)
    body = body + _same(before.head, after.head, size)
    result = generated.clone()
    for same, now in ((wall, after.background), (body, _body(after))):
        change = _carried(new[0], old[0], same[0, 0], around[0, 0])
        result += resize(now, full) * resize(change[None], full)
    return result.clamp(0.0, 1.0)


def _body(seen: Regions) -> Tensor:
    """Skin, and clothes that an edit is not about."""
    return (seen.body - seen.garment).clamp(min=0.0)


def _same(before: Tensor, after: Tensor, size: tuple[int, int]) -> Tensor:
    """How surely both pictures show a kind of thing."""
    both = resize(before, size) * resize(after, size)
    return ((both - SAME) / (1.0 - SAME)).clamp(min=0.0)


def _working_size(image: Tensor) -> tuple[int, int]:
    height, width = image.shape[-2:]
    scale = min(1.0, WORKING_SIZE / max(height, width))
    return max(2, round(height * scale)), max(2, round(width * scale))


def _carried(new: Tensor, old: Tensor, same: Tensor, wanted: Tensor) -> Tensor:
    """The change of colour where it is `wanted`, `[3, H, W]`, and 0 elsewhere.

    Args:
        new: the picture to change, `[3, H, W]`.
        old: the one it should look like.
        same: how far both show the same, `[H, W]`.
        wanted: where to find a change, `[H, W]`.
    """
    known = F.avg_pool2d(same[None, None], POOLED, ceil_mode=True)[0, 0]
    rows = known.flatten() > 0
    change = torch.zeros_like(new)
    if not bool(rows.any()) or not bool(wanted.any()):
        return change

    def pooled(values: Tensor) -> Tensor:
        sums = F.avg_pool2d((values * same)[None], POOLED, ceil_mode=True)[0]
        return (sums / known.clamp(min=1e-6)).flatten(1).T[rows]

    def distance(values: Tensor) -> Tensor:
        return torch.cdist(values.flatten(1).T[wanted.flatten()], pooled(values)).square()

    # Heavy tails for places, so that a hand tells the colour of a shoulder; light ones for colours.
    likeness = known.flatten()[rows] * (1.0 + distance(_places(new))) ** -1.5
    likeness = likeness * (1.0 + distance(new / ALIKE)) ** -3
    found = likeness @ pooled(old - new) / (likeness.sum(1, keepdim=True) + ENOUGH)
    change[:, wanted] = found.T
    return change


def _places(image: Tensor) -> Tensor:
    """Row and column of each pixel, `[2, H, W]`, in units of `NEAR`."""
    _, height, width = image.shape
    unit = NEAR * max(height, width)
    y = torch.arange(height).to(image)[:, None].expand(height, width)
    x = torch.arange(width).to(image)[None].expand(height, width)
    return torch.stack([y, x]) / unit
