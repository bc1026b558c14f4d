"""What is particular to single terms."""

from __future__ import annotations

import doctest
import importlib

import pytest
import torch

from fice.base.errors import ShapeError
from fice.guidance.losses import LOSS_TERMS, ClipTerm, StartPriorTerm, WPriorTerm
from fice.guidance.losses.clip import clip_distance, clip_likeness
from fice.guidance.losses.image import masked_square_error
from fice.guidance.losses.w_delta import w_delta
from fice.guidance.terms import Candidate


@pytest.mark.parametrize("name", sorted(LOSS_TERMS))
def test_examples(name):
    assert doctest.testmod(importlib.import_module(f"fice.guidance.losses.{name}")).failed == 0


class TestClip:
    features = torch.tensor([[1.0, 0.0], [0.0, 1.0]])

    def test_one_text_for_all_or_one_each(self):
        one = clip_distance(self.features, self.features[:1])
        each = clip_distance(self.features, self.features)
        assert one.tolist() == [0.0, 1.0]
        assert each.tolist() == [0.0, 0.0]

    def test_length_does_not_matter(self):
        assert clip_distance(7 * self.features, self.features).tolist() == [0.0, 0.0]

    def test_likeness_ends_at_a_right_angle(self):
        text = torch.tensor([[0.0, -1.0]])
        assert clip_likeness(self.features, text).tolist() == [0.0, 0.0]

    def test_wrong_number_of_texts(self):
        with pytest.raises(ShapeError, match="target of clip"):
            clip_distance(self.features, torch.ones(3, 2))

    def test_views_are_averaged_and_know_the_step(self):
        def views(image, step):
            return torch.stack([image, image.flip(1) * step], 1)

        def encode(image):
            return image.mean((2, 3))

        image = torch.rand(2, 3, 4, 4)
        target = torch.rand(2, 3)
        loss = ClipTerm(encode, target, views=views)(Candidate(image, image, step=3))
        first = clip_distance(encode(image), target)
        second = clip_distance(encode(image.flip(1)), target)
        torch.testing.assert_close(loss, (first + second) / 2)

    def test_unwanted_text_adds_its_likeness(self):
        image = torch.rand(1, 3, 2, 2)
        target, unwanted = torch.rand(1, 12), torch.rand(1, 12)
        term = ClipTerm(lambda x: x.flatten(1), target, unwanted, unwanted_weight=2.0)
        loss = term(Candidate(image, image))
        features = image.flatten(1)
        expected = clip_distance(features, target) + 2 * clip_likeness(features, unwanted)
        torch.testing.assert_close(loss, expected)


class TestImage:
    def test_normalise_by_mask_does_not_depend_on_its_area(self):
        image, target = torch.full((1, 3, 8, 8), 0.5), torch.zeros(1, 3, 8, 8)
        small, large = torch.zeros(1, 1, 8, 8), torch.ones(1, 1, 8, 8)
        small[..., :2] = 1.0
        losses = [masked_square_error(image, target, mask, "mask") for mask in (small, large)]
        assert [loss.item() for loss in losses] == [0.25, 0.25]

    def test_empty_mask_is_no_loss(self):
        image = torch.rand(1, 3, 4, 4)
        loss = masked_square_error(image, 0 * image, torch.zeros(1, 1, 4, 4), "mask")
        assert loss.item() == 0.0

    def test_sizes_must_agree(self):
        image = torch.rand(1, 3, 4, 4)
        with pytest.raises(ShapeError, match="weight"):
            masked_square_error(image, image, torch.ones(1, 1, 8, 8))


class TestWDelta:
    def test_gradient_reaches_the_first_code(self):
        ws = torch.tensor([[[1.0], [2.0], [4.0]]], requires_grad=True)
        w_delta(ws).sum().backward()
        assert ws.grad.flatten().tolist() == [-4.0, 1.0, 3.0]

    def test_one_layer_has_no_difference(self):
        with pytest.raises(ShapeError):
            w_delta(torch.ones(1, 1, 4))


class TestPriors:
    ws = torch.tensor([[[3.0, 1.0], [1.0, 5.0]]])
    w_std = torch.tensor([2.0, 1.0])

    def test_w_prior_counts_standard_deviations(self):
        term = WPriorTerm(torch.ones(2), self.w_std)
        assert term(Candidate(self.ws, self.ws)).item() == (1 + 0 + 0 + 16) / 4

    def test_w_prior_of_some_layers(self):
        term = WPriorTerm(torch.ones(2), self.w_std, layers=range(1))
        assert term(Candidate(self.ws, self.ws)).item() == 0.5

    def test_start_prior_of_some_layers(self):
        term = StartPriorTerm(torch.ones(1, 2, 2), self.w_std, layers=range(1, 2))
        assert term(Candidate(self.ws, self.ws)).item() == 8.0

    def test_a_frozen_dimension_is_no_infinite_wall(self):
        term = WPriorTerm(torch.zeros(2), torch.tensor([0.0, 1.0]))
        assert term(Candidate(self.ws, self.ws)).isfinite().all()
