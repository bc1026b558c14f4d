from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from fice.base.errors import ImageError, ShapeError
from fice.base.frame import Frame
from fice.base.images import to_float, to_pixels
from fice.framing import crop
from fice.stitching.compositing import blend, max_change_outside
from fice.stitching.put_back import inside_frame, mask_in_photo, put_back

SIDES = st.integers(1, 300)
EDGES = st.integers(-400, 700)


def bytes_image(height, width, seed=0):
    source = torch.Generator().manual_seed(seed)
    return torch.randint(0, 256, (height, width, 3), generator=source, dtype=torch.uint8).numpy()


def image(height, width, seed=0):
    return torch.rand(1, 3, height, width, generator=torch.Generator().manual_seed(seed))


@st.composite
def frames(draw):
    photo_size = (draw(SIDES), draw(SIDES))
    size = (draw(st.integers(1, 40)), draw(st.integers(1, 40)))
    left, right = sorted((draw(EDGES), draw(EDGES)))
    top, bottom = sorted((draw(EDGES), draw(EDGES)))
    padding = draw(st.sampled_from(["edge", "reflect", "white"]))
    try:
        return Frame((left, top, right, bottom), photo_size, size, padding)
    except ImageError:
        assume(False)


class TestCrop:
    def test_copies_at_scale_one(self):
        photo = image(20, 30)
        part = crop(photo, Frame((5, 4, 15, 14), (20, 30), (10, 10)))
        assert torch.equal(part, photo[..., 4:14, 5:15])

    def test_is_a_copy(self):
        photo = image(8, 8)
        crop(photo, Frame.whole((8, 8), (8, 8))).zero_()
        assert photo.any()

    def test_smaller_crops_are_averaged_and_not_sampled(self):
        stripes = (torch.arange(64) % 2).expand(1, 3, 64, 64).float()
        part = crop(stripes, Frame.whole((64, 64), (8, 8)))
        assert (part - 0.5).abs().max() < 0.05

    def test_keeps_its_place(self):
        """A dot in the middle of the box is in the middle of the crop, larger or smaller."""
        photo = torch.zeros(1, 3, 90, 90)
        photo[..., 39:42, 49:52] = 1.0
        for side in (10, 30, 90):
            part = crop(photo, Frame((36, 26, 66, 56), (90, 90), (side, side)))
            weight = part[0, 0].sum(1)
            centre = (weight * (torch.arange(side) + 0.5)).sum() / weight.sum() / side
            assert centre.item() == pytest.approx(14.5 / 30, abs=0.01)

    @pytest.mark.parametrize(
        ("padding", "expected"),
        [
            ("edge", [0.1, 0.1, 0.1, 0.5, 0.9, 0.9]),
            ("reflect", [0.9, 0.5, 0.1, 0.5, 0.9, 0.5]),
            ("white", [1.0, 1.0, 0.1, 0.5, 0.9, 1.0]),
        ],
    )
    def test_padding(self, padding, expected):
        photo = torch.tensor([0.1, 0.5, 0.9]).expand(1, 3, 1, 3)
        part = crop(photo, Frame((-2, 0, 4, 1), (1, 3), (1, 6), padding))
        torch.testing.assert_close(part[0, 0, 0], torch.tensor(expected))

    def test_mask_is_empty_beyond_the_photo(self):
        part = crop(torch.ones(1, 1, 4, 4), Frame((-4, 0, 4, 4), (4, 4), (4, 8), "edge"))
        assert part[..., :4].sum() == 0
        assert part[..., 4:].min() == 1

    @settings(max_examples=40, deadline=None)
    @given(frames())
    def test_any_frame(self, frame):
        part = crop(image(*frame.photo_size), frame)
        assert part.shape == (1, 3, *frame.size)
        assert part.min() >= 0
        assert part.max() <= 1

    def test_photo_of_another_size(self):
        with pytest.raises(ShapeError, match="another photo"):
            crop(image(8, 9), Frame.whole((8, 8), (4, 4)))


class TestPutBack:
    @settings(max_examples=60, deadline=None)
    @given(frames(), st.integers(0, 2**16), st.floats(0.0, 1.0))
    def test_outside_is_bit_identical(self, frame, seed, empty):
        pixels = bytes_image(*frame.photo_size, seed)
        photo = to_float(pixels).unsqueeze(0)
        small = torch.rand(1, 1, *frame.size, generator=torch.Generator().manual_seed(seed))
        mask = mask_in_photo(torch.where(small < empty, 0.0, small), frame)
        done = put_back(photo, image(*frame.size, seed + 1), mask, frame)
        assert max_change_outside(photo, done.image, done.mask).item() == 0.0
        outside = (done.mask[0, 0] == 0).numpy()
        assert (to_pixels(done.image)[0][outside] == pixels[outside]).all()
        left, top, right, bottom = frame.visible
        beyond = torch.ones_like(done.mask, dtype=torch.bool)
        beyond[..., top:bottom, left:right] = False
        assert not done.mask[beyond].any()
        assert done.image.min() >= 0
        assert done.image.max() <= 1

    @settings(max_examples=40, deadline=None)
    @given(frames(), st.integers(0, 2**16))
    def test_float_photo_and_mask_of_the_photo(self, frame, seed):
        photo = image(*frame.photo_size, seed)
        mask = image(*frame.photo_size, seed + 1)[:, :1]
        mask = torch.where(mask < 0.5, 0.0, mask)
        done = put_back(photo, image(*frame.size, seed + 2), mask, frame)
        outside = (mask == 0).expand_as(photo)
        assert torch.equal(done.image[outside], photo[outside])
        assert torch.equal(done.mask[done.mask > 0], mask[done.mask > 0])

    def test_there_and_back_is_the_photo(self):
        photo = image(40, 50)
        frame = Frame((-5, 10, 25, 40), (40, 50), (30, 30))
        done = put_back(photo, crop(photo, frame), torch.ones(1, 1, 40, 50), frame)
        assert torch.equal(done.image, photo)

    def test_smooth_photos_survive_another_scale(self):
        ramp = torch.linspace(0.2, 0.8, 64).expand(1, 3, 64, 64)
        frame = Frame((10, 10, 58, 58), (64, 64), (96, 96))
        done = put_back(ramp, crop(ramp, frame), torch.ones(1, 1, 64, 64), frame)
        torch.testing.assert_close(done.image, ramp, atol=0.005, rtol=0)

    def test_a_sharp_mask_of_the_photo_stays_sharp(self):
        photo, frame = torch.zeros(1, 3, 64, 64), Frame.whole((64, 64), (8, 8))
        mask = torch.zeros(1, 1, 64, 64)
        mask[..., 13:27, 5:41] = 1.0
        done = put_back(photo, torch.ones(1, 3, 8, 8), mask, frame)
        torch.testing.assert_close(done.image, mask.expand(1, 3, -1, -1))

    def test_nothing_selected(self):
        photo = image(9, 9)
        done = put_back(photo, image(4, 4), torch.zeros(1, 1, 9, 9), Frame.whole((9, 9), (4, 4)))
        assert torch.equal(done.image, photo)
        assert done.image is not photo

    def test_join_sees_the_surroundings_only(self):
        seen = []

        def join(photo, patch, mask):
            seen.append((tuple(photo.shape), tuple(patch.shape), tuple(mask.shape)))
            return blend(photo, patch, mask)

        mask = torch.zeros(1, 1, 400, 300)
        mask[..., 200:232, 100:132] = 1.0
        frame = Frame((50, 150, 250, 350), (400, 300), (20, 20))
        put_back(image(400, 300), image(20, 20), mask, frame, join)
        assert seen == [((1, 3, 40, 40), (1, 3, 40, 40), (1, 1, 40, 40))]

    def test_sizes_must_belong_together(self):
        frame = Frame.whole((8, 8), (4, 4))
        with pytest.raises(ShapeError, match="patch"):
            put_back(image(8, 8), image(8, 8), torch.ones(1, 1, 8, 8), frame)
        with pytest.raises(ShapeError, match="mask"):
            put_back(image(8, 8), image(4, 4), torch.ones(1, 1, 4, 4), frame)
        with pytest.raises(ShapeError, match="mask"):
            mask_in_photo(torch.ones(1, 1, 8, 8), frame)


def test_edge_of_the_frame_is_soft_where_the_photo_goes_on():
    soft = inside_frame(Frame((0, 10, 20, 30), (30, 40), (20, 20)), 4)[0, 0]
    assert (soft[0] == 0).all()
    assert (soft[:, -1] == 0).all()
    assert (soft[4:, :-4] == 1).all()


def memory(key):
    """`VmRSS` or, since the last reset, `VmHWM` of this process in bytes (Linux)."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(key))


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="peak memory is read from /proc")
def test_large_photo_is_fast_and_lean():
    photo = image(4000, 3000)
    frame = Frame((900, 1200, 2000, 2300), (4000, 3000), (256, 256))
    mask = mask_in_photo(torch.ones(1, 1, 256, 256), frame)
    Path("/proc/self/clear_refs").write_text("5")  # resets the peak
    before = memory("VmRSS")
    started = time.process_time()
    part = crop(photo, frame)
    done = put_back(photo, 1.0 - part, mask, frame)
    seconds = time.process_time() - started
    grown = memory("VmHWM") - before
    assert max_change_outside(photo, done.image, done.mask).item() == 0.0
    assert seconds < 1.0
    assert grown < 350e6  # the result and its mask are 192 MB
