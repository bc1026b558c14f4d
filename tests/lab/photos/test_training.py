"""The training of the segmenter for photos, on coloured rectangles."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch

from fice.lab.demo.train.run import Plan
from fice.lab.photos import check
from fice.lab.photos.check import network_of
from fice.lab.photos.dataset import STORED, PhotoData
from fice.lab.photos.train.augment import IGNORED, Augmenter
from fice.lab.photos.train.export import export
from fice.lab.photos.train.fit import Course, as_images, train
from fice.lab.photos.train.loss import loss_of
from fice.networks.layers import freeze
from fice.networks.perceptors.photo_regions import (
    PhotoRegions,
    PhotoRegionsConfig,
)

TINY = PhotoRegionsConfig(widths=(4, 6, 8), attentions=1, heads=2)
COURSE = Course(Plan(steps=3, batch=2, lr=1e-3), growth=((1.0, (48, 32)),))


@pytest.fixture(scope="module")
def data():
    random = np.random.default_rng(0)
    photos = random.integers(0, 255, (3, *STORED, 3)).astype(np.uint8)
    classes = np.zeros((3, *STORED), np.uint8)
    classes[:, 60:440, 100:220] = 4
    classes[:, 60:120, 100:220] = 1
    return PhotoData(photos, classes)


class TestAugmenter:
    def test_draws_the_same_again(self, data):
        augmenter = Augmenter.over(data)
        one, other = (augmenter.draw(np.random.default_rng(4), 3, (48, 32)) for _ in range(2))
        assert all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))
        assert one[0].shape == (3, 48, 32, 3)
        assert one[1].shape == (3, 24, 16)

    def test_classes_follow_the_picture(self):
        """Green where the class is 4: turned, moved, shrunk and recoloured alike."""
        classes = np.zeros((1, *STORED), np.uint8)
        classes[:, 60:440, 100:220] = 4
        photos = np.where(classes[..., None] == 4, np.uint8((20, 220, 20)), np.uint8(128))
        augmenter = Augmenter.over(PhotoData(photos, classes))
        random = np.random.default_rng(1)
        for _ in range(12):
            photo, target = augmenter.draw(random, 1, (96, 64))
            colour = photo[0, ::2, ::2].astype(int)
            inside, outside = target[0] == 4, target[0] == 0
            assert set(np.unique(target)) <= {0, 4, IGNORED}
            if inside.sum() > 40 and outside.sum() > 40:
                spread = colour[inside].std(0).mean()
                apart = abs(colour[inside].mean(0) - colour[outside].mean(0)).sum()
                assert apart > spread or apart < 30  # a recoloured one may be grey like the rest


class TestLoss:
    def test_unknown_pixels_do_not_count(self):
        logits = torch.randn(1, 9, 4, 4, generator=torch.Generator().manual_seed(0))
        classes = torch.zeros(1, 4, 4, dtype=torch.int64)
        half = classes.clone()
        half[..., 2:] = IGNORED
        other = logits.clone()
        other[..., 2:] = 7.0
        weights = torch.ones(9)
        assert torch.allclose(
            loss_of(logits, half, weights, doubt=False), loss_of(other, half, weights, doubt=False)
        )

    def test_a_label_that_is_surely_wrong_is_doubted(self):
        logits = torch.zeros(1, 9, 1, 2)
        logits[:, 3, 0, 0] = logits[:, 2, 0, 1] = 9.0
        classes = torch.tensor([[[5, 2]]])  # the first is wrong
        weights = torch.ones(9)
        trusting, doubting = (loss_of(logits, classes, weights, doubt=one) for one in (False, True))
        assert doubting < 0.5 * trusting


def test_it_goes_on_where_it_stopped(data, tmp_path):
    def run(folder, *steps):
        for count in steps:
            torch.manual_seed(0)
            plan = Plan(steps=count, batch=2, lr=1e-3, flat=1.0)
            course = Course(plan, growth=COURSE.growth, doubting=2.0)
            network = train(PhotoRegions(TINY), data, data, folder, course)
        return network

    at_once, in_parts = run(tmp_path / "once", 4), run(tmp_path / "parts", 2, 4)
    for one, other in zip(at_once.parameters(), in_parts.parameters(), strict=True):
        assert torch.equal(one, other)
    curve = (tmp_path / "parts" / "photos.jsonl").read_text().splitlines()
    assert json.loads(curve[0])["step"] == 0


def test_a_photo_is_measured_at_its_own_size(monkeypatch):
    torch.manual_seed(0)
    network = freeze(PhotoRegions(TINY))
    photo = np.random.default_rng(0).integers(0, 255, (90, 61, 3)).astype(np.uint8)
    with torch.no_grad():
        said = network.probabilities(as_images(photo[None]))[0].argmax(0).numpy().astype(np.uint8)
    monkeypatch.setattr(check, "read_photo", lambda _folder, _number: (photo, said))
    figures = check.measure(network, "nowhere", range(801, 804))
    assert figures["photos"] == 3
    assert all(share in (0.0, 1.0) for share in figures["overlap"].values())
    assert 1.0 in figures["overlap"].values()


def test_the_file_is_small_and_says_what_it_is(tmp_path):
    network = PhotoRegions(PhotoRegionsConfig())
    torch.save({"modules": {"average": network.state_dict()}}, tmp_path / "photos.pt")
    target = tmp_path / "built_in_weights" / "photo_regions.safetensors"
    assert export(tmp_path / "photos.pt", target) < 8_000_000
    written = network_of(target)
    assert torch.allclose(written.classes.weight, network.classes.weight, atol=1e-3)
