from __future__ import annotations

from dataclasses import fields, replace

import pytest
import torch

from fice.base.errors import FiceError
from fice.base.types import Regions, measure
from fice.guidance.guides import TextGuide
from fice.guidance.losses import LOSS_TERMS
from fice.guidance.objective import kept_pixels, objective
from fice.guidance.source import Source
from fice.guidance.weights import LossWeights
from fice.guidance.wish import Wish
from fice.inversion import PAPER

NAMES = [field.name for field in fields(LossWeights)]


def weights(**some):
    return LossWeights(**{**dict.fromkeys(NAMES, 0.0), **some})


@pytest.fixture
def source(tiny_models, photo):
    image = photo[None]
    chart, regions = measure(tiny_models.chart, image), measure(tiny_models.segmenter, image)
    return Source(image, tiny_models.encoder(image), chart, regions)


@pytest.fixture
def wish(tiny_models):
    return Wish(tiny_models.clip, tiny_models.clip.encode_text(["red"]))


def bound(chosen, source, wish, models):
    return objective(chosen, source, wish, models.generator)


def test_every_term_has_a_weight_or_is_of_a_guide():
    assert set(LOSS_TERMS) - set(NAMES) == {"clip_away", "clip_direction"}
    assert set(NAMES) < set(LOSS_TERMS)


def test_guides_are_terms_of_their_own(source, wish, tiny_models):
    guides = (TextGuide("green", 0.5), TextGuide("blue", 2.0, away=True), TextGuide("red", 0.0))
    terms = bound(weights(clip=1.0), source, replace(wish, guides=guides), tiny_models)
    assert [(one.term.name, one.weight) for one in terms] == [
        ("clip", 1.0),
        ("text guide", 0.5),
        ("not text guide", 2.0),
    ]


@pytest.mark.parametrize("name", NAMES)
def test_a_weight_brings_its_term(name, source, wish, tiny_models):
    (weighted,) = bound(weights(**{name: 2.5}), source, wish, tiny_models)
    assert isinstance(weighted.term, LOSS_TERMS[name])
    assert weighted.term.name == name
    assert weighted.weight == 2.5


def test_what_was_not_measured_is_left_out(source, wish, tiny_models):
    terms = bound(LossWeights(), Source(source.image, source.ws), wish, tiny_models)
    assert [weighted.term.name for weighted in terms] == ["clip", "w_delta"]


def test_nothing_to_aim_at(source, wish, tiny_models):
    with pytest.raises(FiceError, match="All loss weights are 0"):
        bound(weights(), source, wish, tiny_models)


def test_kept_pixels():
    background, skin, garment, head = torch.eye(4).view(4, 1, 1, 1, 4).unbind(0)
    regions = Regions(background, skin + garment, garment, head)
    assert kept_pixels(regions, "outside_body").flatten().tolist() == [1, 0, 0, 1]
    assert kept_pixels(regions, "outside_garment").flatten().tolist() == [1, 1, 0, 1]


def test_paper_weights():
    assert PAPER.weights == LossWeights(
        clip=1, image=30, body_shape=10, head_shape=1, w_delta=1, w_prior=0, start_prior=0
    )
    assert PAPER.inversion.steps == 501
    assert PAPER.inversion.learning_rate == 0.05
