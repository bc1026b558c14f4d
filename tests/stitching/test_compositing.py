from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from fice.base.errors import ShapeError
from fice.base.images import to_float, to_pixels
from fice.stitching.compositing import blend, max_change_outside
from fice.stitching.region_masks import garment_mask


def photo(seed=0, size=24):
    source = torch.Generator().manual_seed(seed)
    levels = torch.randint(0, 256, (2, size, size, 3), generator=source, dtype=torch.uint8)
    return to_float(levels.numpy())


def box(top, bottom, size=24):
    mask = torch.zeros(2, 1, size, size)
    mask[..., top:bottom, 6:18] = 1.0
    return mask


class TestBlend:
    @settings(max_examples=30, deadline=None)
    @given(st.integers(0, 2**32), st.floats(0.0, 1.0))
    def test_outside_is_bit_identical(self, seed, keep):
        source = torch.Generator().manual_seed(seed)
        mask = torch.rand(2, 1, 24, 24, generator=source)
        mask = torch.where(mask < keep, torch.zeros_like(mask), mask)
        generated = photo(seed + 1)
        stitched = blend(photo(seed), generated, mask)
        outside = (stitched.mask == 0).expand_as(generated)
        assert torch.equal(stitched.image[outside], photo(seed)[outside])
        assert (to_pixels(stitched.image) == to_pixels(photo(seed)))[
            outside.movedim(1, -1).numpy()
        ].all()

    def test_not_even_nan_gets_out_of_the_mask(self):
        generated = torch.full_like(photo(), float("nan"))
        stitched = blend(photo(), generated, torch.zeros(2, 1, 24, 24))
        assert torch.equal(stitched.image, photo())

    def test_mask_of_one_takes_all(self):
        stitched = blend(photo(), photo(1), torch.ones(2, 1, 24, 24))
        assert torch.equal(stitched.image, photo(1))

    def test_sizes_must_agree(self):
        with pytest.raises(ShapeError, match="generated image"):
            blend(photo(), photo(1, size=16), torch.ones(2, 1, 24, 24))
        with pytest.raises(ShapeError, match="mask"):
            blend(photo(), photo(1), torch.ones(2, 1, 16, 16))


class TestGarment:
    def test_union_is_replaced_with_a_margin(self):
        mask = garment_mask(box(4, 10), box(8, 16), grow_by=2, feather=0)
        assert (mask[..., 2:18, 4:20] == 1.0).all()
        assert mask.sum() == 2 * 16 * 16

    def test_no_rim_of_the_old_garment(self):
        image, old = torch.zeros(2, 3, 24, 24), box(4, 16)
        image = torch.where(old > 0, torch.ones_like(image), image)
        mask = garment_mask(old, box(4, 8), feather=2)
        stitched = blend(image, torch.zeros_like(image), mask)
        assert not stitched.image.any()

    def test_head_is_kept_where_it_is_more_likely_than_not(self):
        head = torch.zeros(2, 1, 24, 24)
        head[..., :6, :] = 0.5
        mask = garment_mask(box(3, 16), box(3, 16), head)
        assert not mask[..., :6, :].any()
        assert mask[..., 8, :].any()

    def test_feather_leaves_exact_zeros(self):
        mask = garment_mask(box(8, 12), box(8, 12), grow_by=1, feather=3)
        assert (mask == 0).any()
        assert ((mask > 0) & (mask < 1)).any()


@pytest.mark.parametrize("row", [0, 63, 64, 149])
def test_max_change_outside_sees_every_strip(row):
    before, mask = photo(size=150), box(10, 20, size=150)
    changed = before.clone()
    changed[0, 1, row, 149] += 0.5
    changed[0, :, 15, 15] += 0.75
    change = max_change_outside(before, changed, mask)
    torch.testing.assert_close(change, torch.tensor([0.5, 0.0]))


def test_max_change_outside_is_the_number():
    changed = photo().clone()
    changed[1, 2, 0, 0] += 0.25
    changed[:, :, 10, 10] += 0.5
    change = max_change_outside(photo(), changed, box(4, 16))
    torch.testing.assert_close(change, torch.tensor([0.0, 0.25]))
