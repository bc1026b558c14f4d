"""Any editor's result, made exact: on a drawn figure whose truth is known."""

from __future__ import annotations

from functools import lru_cache

import pytest
import torch

import fice
from fice.base.errors import ImageError
from fice.base.images import to_float
from fice.base.types import Regions
from fice.lab.exact.measures import garment_colour, outside_change, seam
from fice.lab.exact.pairs import make_pair
from fice.lab.exact.subjects import draw_subjects


@lru_cache
def figures():
    return draw_subjects(2, first=50)


@lru_cache
def pair():
    return make_pair(figures()[0], "drawn", 3, figures())


def photo():
    return to_float(pair().photo)[None]


def edited():
    return to_float(pair().edited)[None]


@lru_cache
def aligned():
    return fice.align(photo(), edited())


class TestAlign:
    def test_shape_and_what_is_covered(self):
        done = aligned()
        assert done.image.shape == photo().shape
        outside = (done.covered == 0).expand_as(done.image)
        assert torch.equal(done.image[outside], photo()[outside])
        assert done.warnings == ()

    def test_one_photo_for_several_edits(self):
        done = fice.align(photo()[0], edited().expand(2, -1, -1, -1), together=True)
        assert len(done.image) == 2
        assert done.alignments[0] is done.alignments[1]

    def test_an_unsure_alignment_says_so(self):
        noise = torch.rand(1, 3, 300, 200, generator=torch.Generator().manual_seed(0))
        (sentence,) = fice.align(photo(), noise).warnings
        assert "could not be laid on the photo reliably" in sentence

    def test_numbers_that_do_not_fit(self):
        with pytest.raises(ImageError, match="2 photos and 3 edited pictures"):
            fice.align(photo().expand(2, -1, -1, -1), edited().expand(3, -1, -1, -1))


class TestTakeGarment:
    def test_by_difference_alone(self):
        done = fice.take_garment(photo(), aligned().image, covered=aligned().covered)
        assert float(done.max_change_outside) == 0.0
        assert torch.equal(done.image[(done.mask == 0).expand_as(done.image)], _kept(done))
        assert outside_change(pair(), done.image) < 2.0  # of the rim around the garment
        assert garment_colour(pair(), done.image, aligned().covered) < 3.0
        assert seam(pair(), done.image, done.mask) < 1.3

    def test_a_mask_is_the_limit(self):
        mask = torch.from_numpy(pair().changed)[None, None].float()
        done = fice.take_garment(photo(), aligned().image, mask, covered=aligned().covered)
        assert outside_change(pair(), done.image) == 0.0
        assert bool((done.mask <= mask).all())

    def test_hands_in_front_of_a_found_garment_stay(self):
        garment = torch.from_numpy(pair().changed)[None, None].float()
        hand = torch.zeros_like(garment)
        rows, columns = pair().changed.nonzero()
        y, x = int(rows.mean()), int(columns.mean())
        hand[..., y - 20 : y + 20, x - 20 : x + 20] = 1.0

        def segmenter(image):
            worn = garment * (1 - hand)
            body = torch.maximum(worn, hand)
            nothing = torch.zeros_like(body)
            return Regions(background=1 - body, body=body, garment=worn, head=nothing)

        done = fice.take_garment(photo(), aligned().image, segmenter=segmenter)
        assert not bool((done.mask * hand).any())
        assert bool((done.mask * garment).any())

    def test_nothing_changed(self):
        with pytest.raises(ImageError, match="differs from the photo nowhere"):
            fice.take_garment(photo(), photo())

    def test_sizes_that_do_not_fit(self):
        with pytest.raises(ImageError, match="lay it on the photo first"):
            fice.take_garment(photo(), photo()[..., 1:])


class TestColourToPhoto:
    def test_the_cast_goes(self):
        done, (cast,) = fice.colour_to_photo(photo(), aligned().image, covered=aligned().covered)
        assert cast.delta > 1.0
        assert cast.left < 0.5 * cast.delta
        outside = torch.from_numpy(~pair().changed)[None, None] & (aligned().covered > 0)
        before, after = (
            float((one - photo()).abs().mean(1, keepdim=True)[outside].mean())
            for one in (aligned().image, done)
        )
        assert after < 0.6 * before


def _kept(done):
    return photo()[(done.mask == 0).expand_as(done.image)]
