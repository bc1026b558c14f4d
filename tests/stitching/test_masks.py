from __future__ import annotations

import pytest
import torch

from fice.stitching.masks import feather_outwards, fill_holes, grow, largest_part, shrink


def square(size=15, half=2):
    mask = torch.zeros(1, 1, size, size)
    middle = size // 2
    mask[..., middle - half : middle + half + 1, middle - half : middle + half + 1] = 1.0
    return mask


def test_grow_and_shrink():
    assert torch.equal(grow(square(half=2), 3), square(half=5))
    assert torch.equal(shrink(square(half=5), 3), square(half=2))
    assert torch.equal(grow(square(), 0), square())


def test_border_of_the_image_is_not_outside():
    assert torch.equal(shrink(torch.ones(1, 1, 8, 8), 2), torch.ones(1, 1, 8, 8))


def test_feather_keeps_the_inside_and_ends():
    soft = feather_outwards(square(half=2), 2)
    assert (soft[square(half=2) == 1] == 1.0).all()
    assert (soft[square(half=6) == 0] == 0.0).all()
    row = soft[0, 0, 7, 7:]
    assert (row.diff() <= 0).all()
    assert 0 < row[4] < row[3] < 1


def test_fill_holes():
    ring = square(half=4) - square(half=1)
    assert torch.equal(fill_holes(ring), square(half=4))


def test_a_bay_is_not_a_hole():
    bay = square(half=4)
    bay[..., 7, 7:] = 0.0
    assert torch.equal(fill_holes(bay), bay)


def test_each_mask_of_a_batch():
    ring = square(half=4) - square(half=1)
    both = fill_holes(torch.cat([ring, square(half=2)]))
    assert torch.equal(both, torch.cat([square(half=4), square(half=2)]))


class TestLargestPart:
    def test_a_strip_and_what_hangs_on_it_go(self):
        mask = square(half=3)
        with_strip = mask.clone()
        with_strip[..., 8, :] = 1.0
        with_strip[..., :2, :2] = 1.0  # a smaller part
        assert torch.equal(largest_part(with_strip, 2), mask)

    def test_a_strip_along_the_border_is_a_strip(self):
        mask = square(half=3)
        with_strip = mask.clone()
        with_strip[..., -2:, :] = 1.0
        assert torch.equal(largest_part(with_strip, 2), mask)

    def test_what_the_border_cuts_stays_whole(self):
        cut = torch.zeros(1, 1, 16, 16)
        cut[..., 6:, 3:10] = 1.0
        assert torch.equal(largest_part(cut, 2), cut)

    def test_nothing(self):
        assert not largest_part(torch.zeros(2, 1, 9, 9), 2).any()


@pytest.mark.parametrize("pixels", [1, 3, 9])
def test_growing_is_the_same_with_a_gradient_and_without(pixels):
    # Without one OpenCV does it, on the CPU.
    mask = torch.rand(2, 1, 23, 17, generator=torch.Generator().manual_seed(pixels))
    assert torch.equal(grow(mask, pixels), grow(mask.clone().requires_grad_(), pixels).detach())
