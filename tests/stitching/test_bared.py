"""What a new garment bares: skin, trousers and wall in the colours of the photo."""

from __future__ import annotations

import torch
from torch import Tensor

from fice.base.types import Regions
from fice.stitching.bared import match_bared

SKIN, CLOTH, TROUSERS, WALL = (0.85, 0.65, 0.55), (0.1, 0.2, 0.7), (0.3, 0.2, 0.15), (0.7, 0.7, 0.8)
TINTS = {"skin": (-0.15, 0.1, 0.0), "trousers": (0.4, 0.1, 0.3), "wall": (0.08, 0.08, 0.02)}
SIZE = 96


def _drawn(sleeve: int, hem: int, *, tinted: bool) -> tuple[Tensor, Regions]:
    """A body with an arm: cloth down to `hem`, on the arm down to `sleeve`, as it is generated."""
    colours = {"skin": SKIN, "trousers": TROUSERS, "wall": WALL, "cloth": CLOTH}
    maps = {name: torch.zeros(1, 1, SIZE, SIZE) for name in colours}
    maps["trousers"][..., 16:90, 30:60] = 1
    maps["skin"][..., 16:80, 66:80] = 1
    maps["cloth"][..., 16:hem, 30:60] = 1
    maps["cloth"][..., 16:sleeve, 66:80] = 1
    maps["skin"] *= 1 - maps["cloth"]
    maps["trousers"] *= 1 - maps["cloth"]
    maps["wall"] = 1 - maps["cloth"] - maps["skin"] - maps["trousers"]
    image = torch.zeros(1, 3, SIZE, SIZE)
    for name, colour in colours.items():
        tint = TINTS.get(name, (0.0, 0.0, 0.0)) if tinted else (0.0, 0.0, 0.0)
        image += maps[name] * (torch.tensor(colour) + torch.tensor(tint)).view(1, 3, 1, 1)
    body = maps["cloth"] + maps["skin"] + maps["trousers"]
    return image, Regions(maps["wall"], body, maps["cloth"], torch.zeros_like(body))


def test_bared_skin_trousers_and_wall_take_the_colours_of_the_photo() -> None:
    photo, before = _drawn(60, 70, tinted=False)
    generated, after = _drawn(34, 56, tinted=True)
    matched = match_bared(generated, photo, [before], [after])
    for rows, columns, colour in (
        (slice(36, 58), slice(68, 78), SKIN),
        (slice(58, 69), slice(33, 57), TROUSERS),
        (slice(20, 60), slice(62, 64), WALL),
    ):
        here = matched[0, :, rows, columns] - torch.tensor(colour).view(3, 1, 1)
        assert here.abs().max() < 0.04, colour
    assert torch.equal(matched[..., 18:32, 32:58], generated[..., 18:32, 32:58])  # the new cloth


def test_without_anything_alike_nothing_changes() -> None:
    """Under a dress the photo shows no trousers that could tell their colour."""
    photo, before = _drawn(80, 90, tinted=False)
    generated, after = _drawn(80, 56, tinted=True)
    matched = match_bared(generated, photo, [before], [after])
    assert torch.equal(matched[..., 60:88, 33:57], generated[..., 60:88, 33:57])


def test_it_takes_batches_and_other_sizes() -> None:
    photo, before = _drawn(60, 70, tinted=False)
    generated, after = _drawn(34, 56, tinted=True)
    alone = match_bared(generated, photo, [before], [after])
    large = torch.nn.functional.interpolate(photo, scale_factor=3)
    both = match_bared(
        torch.cat([generated, generated]), torch.cat([large, large]), [before] * 2, [after] * 2
    )
    assert torch.equal(both[0], both[1])
    assert (both[:1] - alone).abs().max() < 0.05
