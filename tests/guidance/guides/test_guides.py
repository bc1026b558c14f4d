from __future__ import annotations

import pytest
import torch

from fice.base.errors import ImageError, TextError
from fice.guidance.crops import RandomCrops
from fice.guidance.guides import DirectionGuide, PictureGuide, TextGuide, bind_guides
from fice.guidance.losses import ClipTerm
from fice.guidance.objective import objective
from fice.guidance.source import Source
from fice.guidance.terms import Candidate
from fice.guidance.weights import LossWeights
from fice.guidance.wish import Wish


class Toy:
    """Statistics of a W that no term here looks at."""

    w_avg = w_std = torch.ones(8)


class OtherClip:
    """Sees the blue channel as red."""

    def __init__(self, clip):
        self._clip = clip

    def encode_image(self, image):
        return self._clip.encode_image(image.flip(1))

    def encode_text(self, texts):
        return self._clip.encode_text(texts)


def plain(red, green, blue):
    return torch.tensor([red, green, blue]).view(1, 3, 1, 1).expand(-1, -1, 16, 16)


RED, BLUE = plain(1.0, 0.1, 0.1), plain(0.1, 0.1, 1.0)
GREY = plain(0.5, 0.5, 0.5)


def known(photo):
    return Source(photo, torch.zeros(1, 6, 8))


def losses(guides, clip, image, views=None, photo=GREY):
    candidate = Candidate(torch.zeros(1, 6, 8), image)
    bound = bind_guides(guides, clip, known(photo), views)
    return {one.term.name: one.weight * float(one.term(candidate)) for one in bound}


@pytest.fixture
def clip(tiny_models):
    return tiny_models.clip


def test_texts_with_weights(clip):
    guides = (TextGuide("red", 1.0), TextGuide("blue", 3.0))
    red, blue = losses(guides, clip, RED), losses(guides, clip, BLUE)
    assert red["text guide"] < 0.1 < red["text guide 2"]
    assert blue["text guide 2"] < red["text guide 2"]
    assert red["text guide 2"] == pytest.approx(3 * blue["text guide"])


def test_away(clip):
    guides = (TextGuide("red", away=True),)
    assert (
        losses(guides, clip, RED)["not text guide"] > losses(guides, clip, BLUE)["not text guide"]
    )


def test_direction_is_blind_to_what_both_texts_share(clip):
    guides = (DirectionGuide("green", "red"),)
    near = losses(guides, clip, plain(0.7, 0.3, 0.5))["direction guide"]
    far = losses(guides, clip, plain(0.3, 0.7, 0.5))["direction guide"]
    none = losses(guides, clip, GREY)["direction guide"]
    assert near < 0.05
    assert none == pytest.approx(1.0)
    assert far > 1.5


def test_direction_needs_a_difference(clip):
    with pytest.raises(TextError, match="no difference between 'red' and 'a red'"):
        losses((DirectionGuide("red", "a red"),), clip, RED)


def test_direction_has_a_gradient_before_anything_changed(clip):
    image = GREY.clone().requires_grad_(True)
    (bound,) = bind_guides((DirectionGuide("green", "red"),), clip, known(GREY), None)
    bound.term(Candidate(torch.zeros(1, 6, 8), image)).sum().backward()
    assert image.grad.isfinite().all()
    assert (image.grad[:, 0] < 0).all()  # more red is better
    assert (image.grad[:, 1] > 0).all()


def test_direction_compares_the_same_views(clip):
    """Views of photo and picture are drawn alike, so an unchanged picture has not changed."""
    photo = torch.rand(1, 3, 16, 16, generator=torch.Generator().manual_seed(0))
    views = RandomCrops(3, (0,), shift=0.5)
    found = losses((DirectionGuide("green", "red"),), clip, photo, views, photo)
    assert found["direction guide"] == pytest.approx(1.0)


def test_picture(clip):
    guides = (PictureGuide(RED),)
    assert losses(guides, clip, RED)["picture guide"] == pytest.approx(0.0, abs=1e-6)
    assert losses(guides, clip, BLUE)["picture guide"] > 0.5


def test_several_pictures_are_one_target(clip):
    found = losses((PictureGuide(torch.cat([RED, BLUE])),), clip, plain(0.55, 0.1, 0.55))
    assert found["picture guide"] == pytest.approx(0.0, abs=1e-3)


def test_a_clip_of_its_own(clip):
    same, other = TextGuide("red"), TextGuide("red", clip=OtherClip(clip))
    found = losses((same, other), clip, BLUE)
    assert found["text guide 2"] < 0.1 < found["text guide"]


class CountingClip:
    """Counts the batches that its image tower sees; each look at it is a new method object."""

    def __init__(self, clip):
        self._clip, self.seen = clip, []
        self.encode_text = clip.encode_text

    def encode_image(self, image):
        self.seen.append(len(image))
        return self._clip.encode_image(image)


class TestOneLook:
    GUIDES = (TextGuide("red", 1.0), TextGuide("blue", 0.5), TextGuide("green", away=True))
    IMAGE = torch.rand(2, 3, 16, 16, generator=torch.Generator().manual_seed(1))

    def terms(self, clip, views=None, guides=GUIDES):
        photo = GREY.expand(2, -1, -1, -1)
        wish = Wish(clip, clip.encode_text(["red"]), guides=guides)
        only_clip = LossWeights(1.0, 0.0, 0.0, 0.0, 0.0)
        return objective(only_clip, Source(photo, torch.zeros(2, 6, 8)), wish, Toy(), views=views)

    @pytest.mark.parametrize("views", [None, RandomCrops(3, (0, 1))])
    def test_text_and_guides_of_one_clip_share_it(self, clip, views):
        counting = CountingClip(clip)
        terms = self.terms(counting, views)
        candidate = Candidate(torch.zeros(2, 6, 8), self.IMAGE)
        shared = [one.term(candidate) for one in terms]
        assert counting.seen == [2 if views is None else 6]
        alone = [one.term(Candidate(torch.zeros(2, 6, 8), self.IMAGE)) for one in terms]
        assert all(torch.equal(one, other) for one, other in zip(shared, alone, strict=True))

    @pytest.mark.parametrize("views", [None, RandomCrops(3, (0, 1))])
    def test_directions_share_the_photo_as_well(self, clip, views):
        counting = CountingClip(clip)
        guides = (DirectionGuide("green", "red"), DirectionGuide("green", "blue"))
        terms = self.terms(counting, views, guides)
        candidate = Candidate(torch.zeros(2, 6, 8), self.IMAGE)
        for one in terms:
            one.term(candidate)
        assert len(counting.seen) == 2

    def test_another_clip_or_other_views_are_not_shared(self, clip):
        one, other = CountingClip(clip), CountingClip(clip)
        views = RandomCrops(2, (0, 1)), RandomCrops(2, (2, 3))
        terms = [
            ClipTerm(c.encode_image, GREY[:, :, 0, 0], views=v)
            for c in (one, other)
            for v in (*views, None)
        ]
        candidate = Candidate(torch.zeros(2, 6, 8), self.IMAGE)
        for term in terms:
            term(candidate)
        assert one.seen == other.seen == [4, 4, 2]


def test_views_are_looked_at(clip):
    """Each view counts: a red spot in the middle is larger in a crop."""
    spot = BLUE.clone()
    spot[..., 6:10, 6:10] = RED[..., 6:10, 6:10]
    views = RandomCrops(4, (0,), min_scale=0.3, max_scale=0.3, shift=0.0)
    whole, close = (losses((TextGuide("red"),), clip, spot, v)["text guide"] for v in (None, views))
    assert close < whole


def test_weight_zero_is_left_out(clip):
    assert losses((TextGuide("red", 0.0),), clip, RED) == {}


def test_direction_without_a_photo_is_refused_in_words(clip):
    with pytest.raises(ImageError, match="starts from the photo, which is not here"):
        list(bind_guides((DirectionGuide("green", "red"),), clip, known(None), None))
