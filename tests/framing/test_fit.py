"""A misfit that knows the right height finds it; what is fixed stays where it was."""

from __future__ import annotations

import pytest
import torch

from fice.base.frame import Frame, overlap
from fice.framing import Placement, fit_size

PLACEMENT = Placement(top=0.1)
PHOTO = torch.rand(1, 3, 300, 200, generator=torch.Generator().manual_seed(0))
FRAME = Frame((40, 90, 140, 190), (300, 200), (16, 16), "reflect")


@pytest.mark.parametrize("wanted", [1 / 1.25, 1.0, 1.4])
def test_best_of_the_sizes(wanted):
    """Mean brightness says how large a crop of a photo with one bright square is."""
    photo = torch.zeros(1, 3, 300, 200)
    photo[..., 95:115, 80:100] = 1.0  # in every crop

    def misfit(crops):
        assert len(crops) == 1
        return (crops.flatten(1).mean(1) - (20 / (100 * wanted)) ** 2).abs()

    found = fit_size(photo, FRAME, PLACEMENT, misfit)
    assert found.box_size[0] == pytest.approx(100 * wanted, abs=1)


def test_head_and_centre_stay():
    sizes = []

    def misfit(crops):
        sizes.append(crops)
        return torch.tensor([0.5 ** len(sizes)])

    found = fit_size(PHOTO, FRAME, PLACEMENT, misfit)
    left, top, right, bottom = found.box
    assert (left + right) / 2 == pytest.approx(90, abs=1)
    assert top + 0.1 * (bottom - top) == pytest.approx(100, abs=1)
    assert found.padding == "reflect"


def test_only_a_clearly_better_size_is_taken():
    values = iter([1.0, *[0.9] * 20])
    assert fit_size(PHOTO, FRAME, PLACEMENT, lambda _: torch.tensor([next(values)])) == FRAME


def test_frames_beside_the_photo_are_left_out():
    corner = Frame((195, 295, 235, 335), (300, 200), (16, 16))
    found = fit_size(PHOTO, corner, PLACEMENT, lambda _: torch.zeros(1))
    assert overlap(found.box, corner.box) == 1


@pytest.mark.parametrize("seed", range(5))
def test_rounding_does_not_choose_between_two_sizes_that_fit_alike(seed):
    random = torch.Generator().manual_seed(seed)
    values = iter([1.0, 0.9, 0.5, 0.9, 0.5, 0.9, 0.5, *[0.9] * 5])

    def misfit(_):
        return next(values) * (1 + 1e-6 * (2 * torch.rand(1, generator=random) - 1))

    found = fit_size(PHOTO, FRAME, PLACEMENT, misfit)
    assert found.box_size[0] == pytest.approx(100 / 1.25, abs=1)  # the first of the three
