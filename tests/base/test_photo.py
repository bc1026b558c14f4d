from __future__ import annotations

import torch

from fice.base.photo import Photo


def cut_out(alpha):
    image = torch.rand(3, 4, 4, generator=torch.Generator().manual_seed(1))
    return Photo(image, torch.full((1, 4, 4), alpha))


def test_transparent_photos_lie_on_white():
    assert torch.equal(cut_out(0.0).seen, torch.ones(3, 4, 4))
    assert torch.equal(cut_out(1.0).seen, cut_out(1.0).image)
    half = cut_out(0.5)
    torch.testing.assert_close(half.seen, (half.image + 1) / 2)


def test_outside_the_mask_stays_bit_for_bit():
    mask = torch.zeros(1, 4, 4)
    mask[:, :2] = 0.5
    for alpha in (0.0, 0.3, 1.0):
        photo = cut_out(alpha)
        written = photo.with_edit(torch.rand(3, 4, 4), mask)
        assert torch.equal(written[:, 2:], photo.image[:, 2:])


def test_half_transparent_edits_look_as_wanted():
    photo, mask = cut_out(0.5), torch.ones(1, 4, 4)
    edited = 0.5 + 0.5 * torch.rand(3, 4, 4)
    again = Photo(photo.with_edit(edited, mask), photo.alpha)
    torch.testing.assert_close(again.seen, edited)


def test_what_cannot_be_seen_is_not_touched():
    photo = cut_out(0.0)
    assert torch.equal(photo.with_edit(torch.zeros(3, 4, 4), torch.ones(1, 4, 4)), photo.image)
