"""What every seam method promises."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from fice.base.errors import ImageError, ShapeError
from fice.base.images import to_float, to_pixels
from fice.stitching.compositing import max_change_outside
from fice.stitching.masks import feather_outwards
from fice.stitching.seams import SEAM_METHODS, join

EVERY = pytest.mark.parametrize("seam", SEAM_METHODS)
GREY_LEVEL = 1 / 255
TOLERANCE = {"poisson": GREY_LEVEL + 1e-6}


def picture(height=40, width=48, seed=0):
    coarse = torch.rand(2, 3, 5, 6, generator=torch.Generator().manual_seed(seed))
    size = (height, width)
    smooth = torch.nn.functional.interpolate(coarse, size, mode="bicubic").clamp(0, 1)
    return to_float(to_pixels(smooth))


def blob(height=40, width=48, feather=3):
    mask = torch.zeros(2, 1, height, width)
    mask[0, :, 12:28, 14:34] = 1.0
    mask[1, :, :20, 30:] = 1.0  # reaches the edge of the picture
    return feather_outwards(mask, feather)


@EVERY
class TestContract:
    def test_shape_and_range(self, seam):
        done = join(picture(), picture(seed=1) * 3 - 1, blob(), seam)
        assert done.image.shape == (2, 3, 40, 48)
        assert done.image.dtype == torch.float32
        assert done.image.min() >= 0
        assert done.image.max() <= 1
        assert torch.equal(done.mask, blob())

    @settings(max_examples=15, deadline=None)
    @given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 2**16), st.floats(0.0, 1.0))
    def test_outside_is_bit_identical(self, seam, height, width, seed, empty):
        noise = torch.rand(2, 1, height, width, generator=torch.Generator().manual_seed(seed))
        mask = torch.where(noise < empty, 0.0, noise)
        photo = picture(height, width, seed)
        done = join(photo, picture(height, width, seed + 1), mask, seam)
        assert not max_change_outside(photo, done.image, mask).any()
        assert (to_pixels(done.image) == to_pixels(photo))[
            (mask == 0).expand_as(photo).movedim(1, -1).numpy()
        ].all()

    def test_equal_pictures_stay_as_they_are(self, seam):
        done = join(picture(), picture(), blob(), seam)
        change = (done.image - picture()).abs().max().item()
        assert change <= TOLERANCE.get(seam, 1e-6)

    def test_something_changes_deep_inside(self, seam):
        done = join(picture(), picture(seed=1), blob(), seam)
        change = (done.image - picture()).abs()[0, :, 16:24, 18:30].mean()
        assert change > 0.05

    def test_full_mask_takes_the_generated_picture(self, seam):
        mask = torch.ones(2, 1, 40, 48)
        done = join(picture(), picture(seed=1), mask, seam)
        torch.testing.assert_close(done.image, picture(seed=1), atol=1.5 * GREY_LEVEL, rtol=0)

    def test_empty_mask(self, seam):
        done = join(picture(), picture(seed=1), torch.zeros(2, 1, 40, 48), seam)
        assert torch.equal(done.image, picture())

    def test_an_image_does_not_depend_on_its_batch(self, seam):
        both = join(picture(), picture(seed=1), blob(), seam).image
        alone = join(picture()[1:], picture(seed=1)[1:], blob()[1:], seam).image
        torch.testing.assert_close(both[1:], alone)

    def test_sizes_must_agree(self, seam):
        with pytest.raises(ShapeError):
            join(picture(), picture(20, 20), blob(), seam)


def test_unknown_method():
    with pytest.raises(ImageError, match="'glue'; choose alpha, pyramid, poisson, colour match"):
        join(picture(), picture(), blob(), "glue")
