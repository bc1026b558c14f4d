"""The training stages run, learn, and go on after a stop as if there had been none."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from fice.demo.world.attributes import Attributes
from fice.demo.world.captions import caption
from fice.demo.world.dataset import HELD_OUT_SEED
from fice.demo.world.factors import decode, draw_z
from fice.lab.demo.data import FigureData
from fice.lab.demo.latents import LatentBasis
from fice.lab.demo.reader import AttributeReader, ReaderConfig
from fice.lab.demo.train.clip import build_clip, collect_vocabulary, contrastive_loss, train_clip
from fice.lab.demo.train.generator import (
    GROWTH,
    build_generator,
    reconstruction_loss,
    train_generator,
)
from fice.lab.demo.train.perceivers import train_chart, train_regions
from fice.lab.demo.train.reader import train_reader
from fice.lab.demo.train.run import Plan, Run
from fice.networks.perceptors.compact_chart import CompactChart, CompactChartConfig
from fice.networks.perceptors.compact_regions import CompactRegions, CompactRegionsConfig

WIDTHS = (4, 6, 8)
SHORT = Plan(steps=3, batch=4, lr=1e-3)


@pytest.fixture(scope="module")
def figures():
    return FigureData.render(0, 48)


class TestPlan:
    def test_warms_up_stays_and_falls_to_nothing(self):
        plan = Plan(steps=100, batch=1, lr=1.0, warmup=10, flat=0.5)
        rates = [plan.learning_rate(step) for step in range(100)]
        assert rates[0] == pytest.approx(0.1)
        assert rates[10:50] == [1.0] * 40
        assert all(a >= b for a, b in pairwise(rates[50:]))
        assert rates[-1] < 1e-2


class TestRun:
    def _train(self, folder, stop_after=None):
        torch.manual_seed(3)
        model = nn.Linear(4, 1)
        optimizer = torch.optim.Adam(model.parameters(), 0.1)
        run = Run(folder, "toy", {"model": model}, optimizer, Plan(8, 2, 0.1, warmup=2), seed=5)
        for step in run.steps():
            x = torch.randn(2, 4, generator=run.generator) + torch.randn(2, 4)
            loss = model(x).square().mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            if step + 1 == stop_after:
                run.step += 1
                run.save()
                break
        return model.weight.detach().clone()

    def test_a_stopped_run_ends_where_an_unbroken_one_does(self, tmp_path):
        whole = self._train(tmp_path / "whole")
        half = self._train(tmp_path / "broken", stop_after=3)
        resumed = self._train(tmp_path / "broken")
        assert not torch.equal(half, whole)
        assert torch.equal(resumed, whole)


class TestLosses:
    def test_reconstruction_loss_is_zero_at_the_target_only(self):
        image = torch.rand(2, 3, 32, 32)
        weight = torch.ones(2, 1, 32, 32)
        assert reconstruction_loss(image, image, weight, 3.0)[0] == 0
        assert reconstruction_loss(image + 0.1, image, weight, 3.0)[0] > 0

    def test_contrastive_loss_prefers_the_right_caption(self):
        image = F.normalize(torch.eye(4, 8), dim=1)
        other = F.normalize(torch.eye(8)[4:], dim=1)
        same = torch.zeros(4, 8, dtype=torch.bool)
        scale = torch.tensor(10.0)
        right = contrastive_loss(image, image, other, scale, same)
        wrong = contrastive_loss(image, other, image, scale, same)
        assert right < wrong


@pytest.mark.slow
class TestStages:
    def test_generator_learns(self, figures, tmp_path):
        basis = LatentBasis.fit(figures.factors.numpy())
        short = replace(GROWTH, plan=Plan(steps=14, batch=4, lr=3e-3, warmup=2))
        start = build_generator(basis.axes.shape[1])
        average = train_generator(start, figures, figures, basis, tmp_path, short)
        images = average.synthesize(torch.zeros(1, average.num_ws, average.w_dim))
        assert images.shape == (1, 3, 128, 128)
        assert torch.isfinite(images).all()
        fresh = build_generator(basis.axes.shape[1])
        assert not torch.equal(images, fresh.synthesize(torch.zeros(1, 12, fresh.w_dim)))

    def test_perceivers_run(self, figures, tmp_path):
        chart = CompactChart(CompactChartConfig(WIDTHS))
        train_chart(chart, figures, tmp_path, name="chart", plan=SHORT, seed=0)
        regions = CompactRegions(CompactRegionsConfig(WIDTHS))
        train_regions(regions, figures, tmp_path, name="regions", plan=SHORT, seed=0)
        for name in ("chart", "regions"):
            lines = (tmp_path / f"{name}.jsonl").read_text().splitlines()
            assert json.loads(lines[0])["loss"] > 0

    def test_reader_runs_and_reports_accuracy(self, figures, tmp_path, monkeypatch):
        monkeypatch.setattr("fice.lab.demo.train.reader.TEST_COUNT", 16)
        reader = AttributeReader(ReaderConfig(widths=(4, 6, 8, 8)))
        train_reader(reader, figures, figures, tmp_path, plan=SHORT, seed=0)
        last = json.loads((tmp_path / "reader.jsonl").read_text().splitlines()[-1])
        assert {"sleeve", "pattern", "neckline"} <= last.keys()

    def test_clip_knows_the_words_of_all_captions(self, figures, tmp_path):
        guide = build_clip(collect_vocabulary(figures.attributes), width=8)
        train_clip(guide, figures, figures, tmp_path, name="clip", plan=SHORT, seed=0)
        text = "a woman wearing a light blue polka dot turtleneck sweater and brown trousers"
        assert guide.ignored_words(text) == ()
        assert guide.encode_text([text]).norm().item() == pytest.approx(1.0, abs=1e-5)


class TestMixing:
    def test_a_share_of_the_batch_is_samples_however_few_there_are(self, figures):
        white = np.full((2, 128, 128, 3), 255, np.uint8)
        data = replace(figures, samples=white)
        random = torch.Generator().manual_seed(0)
        images = data.mixed_images(data.draw(8, random), random)
        assert (images == 1).flatten(1).all(1).sum() == 4


class TestCaptions:
    def test_silence_about_a_pattern_mostly_means_that_there_is_none(self):
        rng = np.random.default_rng(0)
        figures = (Attributes.of(decode(draw_z(seed))) for seed in range(HELD_OUT_SEED, 10**9))
        striped = next(one for one in figures if one.pattern == "horizontal stripes")
        texts = [caption(striped, rng) for _ in range(200)]
        assert sum("strip" in text for text in texts) > 150
