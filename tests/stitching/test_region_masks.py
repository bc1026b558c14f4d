"""Masks of the photo from what was found in its crop."""

from __future__ import annotations

import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from fice.base.errors import ImageError
from fice.base.frame import Frame
from fice.base.images import to_float, to_pixels
from fice.base.types import Regions
from fice.stitching.compositing import max_change_outside
from fice.stitching.put_back import stitch_each
from fice.stitching.region_masks import Edges, found_mask, painted_mask, region_mask, worn
from fice.stitching.seams import SEAM_METHODS

FRAME = Frame((20, 10, 84, 74), (100, 90), (32, 32))
CORNER = Frame((0, 0, 90, 90), (100, 90), (32, 32))
EXACT = Edges(grow=0, feather=0)


def square(top, bottom, left=12, right=20, size=32):
    mask = torch.zeros(1, 1, size, size)
    mask[..., top:bottom, left:right] = 1.0
    return mask


class TestRegionMask:
    def test_union_of_both_garments(self):
        """So that a shorter sleeve shows what is below it."""
        mask = region_mask(square(8, 12), square(10, 20), None, FRAME, edges=EXACT)
        assert mask.shape == (1, 1, 100, 90)
        assert mask[0, 0, 10 + 2 * 9, 20 + 2 * 16] == 1
        assert mask[0, 0, 10 + 2 * 19, 20 + 2 * 16] == 1
        assert mask.sum() == pytest.approx(4 * 12 * 8, rel=0.1)

    def test_pixels_are_those_of_the_photo(self):
        def tall(grow):
            found = region_mask(
                square(8, 12), square(8, 12), None, FRAME, edges=Edges(grow=grow, feather=0)
            )
            return int((found[0, 0] > 0.5).any(1).sum())

        assert tall(8) - tall(0) == 16

    def test_head_mode_is_all_but_the_head_and_soft_at_the_frame(self):
        mask = region_mask(square(8, 12), square(8, 12), square(2, 6), FRAME, region="head")
        assert mask[0, 0, 10 + 2 * 4, 20 + 2 * 16] == 0
        assert mask[0, 0, 60, 50] == 1
        assert mask[0, 0, 10, 50] < 1  # the edge of the frame, where the photo goes on
        assert mask[0, 0, :10].sum() == 0

    def test_segmenter_without_heads(self):
        """All of the photo would be drawn anew, the face with it."""
        dress = square(8, 24)
        seen = Regions(1 - dress, dress, dress, torch.zeros_like(dress))
        assert found_mask(seen, seen, FRAME).any()
        with pytest.raises(ImageError, match="not a trace of a head"):
            found_mask(seen, seen, FRAME, region="head")

    @pytest.mark.parametrize(("holes", "inside"), [(True, 1.0), (False, 0.0)])
    def test_holes(self, holes, inside):
        ring = square(4, 24, 4, 24) - square(10, 18, 10, 18)
        mask = region_mask(ring, ring, None, FRAME, edges=Edges(0, 0, holes))
        assert mask[0, 0, 10 + 2 * 14, 20 + 2 * 14] == inside

    def test_what_8_bits_show_as_black_is_black(self):
        """Enlarged and feathered, a mask has traces that nobody sees and that change pixels."""
        mask = region_mask(square(8, 12), square(8, 12), None, CORNER)
        assert ((mask > 0) & (mask < 0.1)).any()
        assert not ((mask > 0) & (mask < 1 / 255)).any()


class TestWorn:
    def test_the_edge_of_a_table_is_no_garment(self):
        person = square(4, 48, 16, 32, size=48)
        garment = square(16, 40, 16, 32, size=48)
        table = square(46, 48, 0, 48, size=48)
        found = worn((garment + table).clamp(max=1.0), (person + table).clamp(max=1.0))
        assert torch.equal(found[..., :46, :], garment[..., :46, :])
        beside = found[..., 46:, :].clone()
        beside[..., 14:34] = 0.0
        assert not beside.any()

    def test_another_person_keeps_their_clothes(self):
        mine, other = square(10, 30, 2, 20, size=48), square(10, 30, 34, 46, size=48)
        person = square(4, 48, 2, 20, size=48) + square(4, 48, 34, 46, size=48)
        assert torch.equal(worn(mine + other, person), mine)


class TestDrawnMask:
    def test_as_it_is(self):
        own = square(30, 60, 20, 40, size=100)
        assert torch.equal(painted_mask(own, Frame.whole((100, 100), (8, 8)), EXACT), own)

    def test_grown_and_filled(self):
        own = square(30, 60, 20, 50, size=100) - square(40, 50, 30, 40, size=100)
        wider = painted_mask(own, Frame.whole((100, 100), (8, 8)), Edges(3, 0, True))
        assert torch.equal(wider, square(27, 63, 17, 53, size=100))


@pytest.mark.parametrize("seam", SEAM_METHODS)
def test_two_photos_with_frames_of_their_own(seam):
    photo = torch.rand(2, 3, 100, 90, generator=torch.Generator().manual_seed(0))
    frames = (FRAME, Frame((-10, 40, 30, 80), (100, 90), (32, 32)))
    masks = [region_mask(square(8, 20), square(8, 20), None, one, edges=EXACT) for one in frames]
    done = stitch_each(photo, torch.zeros(2, 3, 48, 48), masks, frames, seam)
    assert done.image.shape == photo.shape
    assert not max_change_outside(photo, done.image, done.mask).any()
    assert (done.image != photo).flatten(1).any(1).all()


@settings(max_examples=60, deadline=None)
@given(
    st.tuples(st.integers(24, 160), st.integers(24, 160)),
    st.tuples(*[st.integers(-40, 120)] * 2, *[st.integers(8, 120)] * 2),
    st.sampled_from(list(SEAM_METHODS)),
    st.booleans(),
    st.integers(0, 2**16),
)
def test_outside_is_bit_identical(photo_size, place, seam, bytes_only, seed):
    """From what was found in a crop to the finished photo, of 8 bits or of any floats."""
    left, top, width, height = place
    try:
        frame = Frame((left, top, left + width, top + height), photo_size, (32, 32))
    except ImageError:
        assume(False)
    random = torch.Generator().manual_seed(seed)
    photo = torch.rand(1, 3, *photo_size, generator=random)
    if bytes_only:
        photo = to_float(to_pixels(photo))
    rows, columns = torch.randint(2, 30, (2, 2), generator=random).sort(1).values.tolist()
    garment = square(rows[0], rows[1] + 1, columns[0], columns[1] + 1)
    patch = torch.rand(1, 3, 32, 32, generator=random)
    mask = region_mask(garment, garment, None, frame)
    done = stitch_each(photo, patch, [mask], [frame], seam)
    outside = (done.mask == 0).expand_as(photo)
    assert torch.equal(done.image[outside], photo[outside])
    assert max_change_outside(photo, done.image, done.mask).item() == 0.0
    if bytes_only:
        untouched = (done.mask[0, 0] == 0).numpy()
        assert (to_pixels(done.image)[0][untouched] == to_pixels(photo)[0][untouched]).all()
