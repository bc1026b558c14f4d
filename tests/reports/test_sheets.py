from __future__ import annotations

import numpy as np
import torch

from fice.base.types import BodyChart, Regions
from fice.reports.sheets import (
    REGION_COLOURS,
    Row,
    chart_picture,
    contact_sheet,
    loss_curves,
    mask_picture,
    regions_picture,
)


def test_contact_sheet_has_room_for_all():
    picture = np.zeros((20, 10, 3), np.uint8)
    small = contact_sheet(["a", "b"], [Row("one", [picture, picture])], cell=40)
    large = contact_sheet(["a", "b"], [Row("one", [picture] * 2), Row("ü", [picture])], cell=40)
    assert large.shape[0] > small.shape[0]
    assert (small[-50:-10] == 0).all(2).sum() == 2 * 40 * 20


def test_regions_in_their_colours():
    parts = torch.eye(4).view(4, 1, 1, 1, 4).unbind(0)
    background, skin, garment, head = parts
    picture = regions_picture(Regions(background, skin + garment, garment, head))
    assert [tuple(colour) for colour in picture[0].tolist()] == list(REGION_COLOURS.values())


def test_chart_parts_have_colours_of_their_own():
    fine = torch.eye(25).view(1, 25, 1, 25) * 9
    coarse = torch.stack([torch.zeros(1, 25), torch.ones(1, 25)]).view(1, 2, 1, 25)
    picture = chart_picture(BodyChart(coarse, fine))
    assert len({tuple(colour) for colour in picture[0].tolist()}) == 25


def test_mask_picture_fades_only_outside():
    image = torch.rand(3, 4, 4)
    mask = torch.zeros(1, 4, 4)
    mask[..., :2] = 1.0
    picture = mask_picture(image, mask)
    assert np.allclose(picture[:, :2] / 255, image.movedim(0, 2)[:, :2], atol=1 / 255)
    assert (picture[:, 2:] > 150).all()


def test_loss_curves_are_drawn():
    falling = loss_curves({"clip": torch.linspace(1, 0.01, 30)})
    assert (falling < 200).any()
    assert loss_curves({"zero": torch.zeros(3)}).shape == (384, 384, 3)
    assert loss_curves({"one": torch.ones(1)}).shape == (384, 384, 3)
