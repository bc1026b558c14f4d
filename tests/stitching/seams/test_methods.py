"""What each seam method is for."""

from __future__ import annotations

import pytest
import torch

from fice.stitching.seams import SEAM_METHODS, join, seam_gradient
from fice.stitching.seams.depth import depth_inside
from fice.stitching.seams.pyramid import blend_pyramid

GREY_LEVEL = 1 / 255


def disc(side=96, radius=28):
    line = torch.arange(side) - side / 2
    inside = (line[:, None] ** 2 + line**2).sqrt() < radius
    return inside.float()[None, None]


def texture(side=96):
    source = torch.Generator().manual_seed(0)
    return 0.4 + 0.1 * torch.rand(1, 3, side, side, generator=source)


class TestGradient:
    def test_hard_step(self):
        """A step of 0.5 in a flat photo, seen by every pair that crosses the border."""
        photo, mask = torch.full((1, 3, 8, 8), 0.25), torch.zeros(1, 1, 8, 8)
        mask[..., 4:] = 1.0
        image = torch.where(mask > 0, 0.75, photo)
        expected = (0.5 + GREY_LEVEL) / GREY_LEVEL
        torch.testing.assert_close(seam_gradient(image, photo, mask), torch.tensor([expected]))

    def test_photo_itself_is_one(self):
        assert seam_gradient(texture(), texture(), disc()).item() == pytest.approx(1.0)

    def test_no_border(self):
        ones = torch.ones(1, 1, 96, 96)
        assert seam_gradient(1 - texture(), texture(), ones).item() == pytest.approx(1.0)

    def test_changes_away_from_the_border_do_not_count(self):
        image = texture()
        image[..., 40:56, 40:56] = 1.0
        assert seam_gradient(image, texture(), disc()).item() == pytest.approx(1.0)


@pytest.mark.parametrize("seam", [name for name in SEAM_METHODS if name != "alpha"])
def test_hides_a_colour_cast_better_than_alpha(seam):
    photo = texture()
    cast = photo * torch.tensor([1.3, 1.1, 0.8]).view(1, 3, 1, 1)
    alpha = seam_gradient(join(photo, cast, disc(), "alpha").image, photo, disc())
    better = seam_gradient(join(photo, cast, disc(), seam).image, photo, disc())
    assert better < 0.9 * alpha


def test_poisson_lands_where_the_mask_is():
    """A dot of the generated picture, for boxes of even and odd sides, at an edge, too."""
    for box in ((20, 21, 60, 61), (21, 20, 62, 60), (0, 0, 41, 40), (55, 56, 96, 96)):
        left, top, right, bottom = box
        mask = torch.zeros(1, 1, 96, 96)
        mask[..., top:bottom, left:right] = 1.0
        photo = torch.full((1, 3, 96, 96), 0.5)
        generated = photo.clone()
        y, x = (top + bottom) // 2, (left + right) // 2
        generated[..., y, x] = 1.0
        change = (join(photo, generated, mask, "poisson").image - photo).abs()[0].sum(0)
        assert divmod(int(change.argmax()), 96) == (y, x)


def test_colour_match_leaves_the_middle_to_the_text():
    photo, generated = texture(), texture() * 0.9
    generated[..., 40:56, 40:56] = torch.tensor([1.0, 0.0, 0.0]).view(1, 3, 1, 1)
    done = join(photo, generated, disc(radius=40), "colour match")
    torch.testing.assert_close(done.image[..., 44:52, 44:52], generated[..., 44:52, 44:52])


def test_colour_match_follows_most_of_the_seam():
    """Other trousers along a part of it do not tint the rest."""
    cast = texture() + 0.1
    plain = join(texture(), cast, disc(), "colour match").image
    cast[..., 76:, :] = 0.9
    with_trousers = join(texture(), cast, disc(), "colour match").image
    upper = (..., slice(20, 60), slice(None))
    torch.testing.assert_close(with_trousers[upper], plain[upper], atol=0.02, rtol=0)


def test_pyramid_takes_the_middle_as_it_is():
    done = blend_pyramid(texture(), 1 - texture(), disc(radius=40))
    middle = (..., slice(44, 52), slice(44, 52))
    torch.testing.assert_close(done[middle], (1 - texture())[middle], atol=0.01, rtol=0)


def test_depth():
    mask = torch.zeros(1, 1, 9, 9)
    mask[..., 2:, :] = 0.3
    depth = depth_inside(mask, 4)
    assert depth[0, 0, :, 4].tolist() == pytest.approx([0, 0, 0.25, 0.5, 0.75, 1, 1, 1, 1])
    assert (depth_inside(torch.ones(1, 1, 4, 4), 4) == 1).all()
