"""A run that ends early: what it hands out was looked at."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
import torch

import fice.inversion.choice
import fice.inversion.finite
import fice.inversion.plateau
from fice.base.errors import DivergedError
from fice.guidance.source import Source
from fice.guidance.wish import Wish
from fice.inversion import PAPER, InversionConfig, StartSearch
from fice.pipeline.invert import Limits, Onlooker, clip_guided_inversion

RECIPE = replace(PAPER, inversion=InversionConfig(steps=9))


class BreakingClip:
    """A CLIP whose features are NaN from one look on."""

    fingerprint = "breaking"

    def __init__(self, clip, at):
        self._clip, self._at, self._looks = clip, at, 0

    def encode_image(self, image):
        self._looks += 1
        features = self._clip.encode_image(image)
        return features * float("nan") if self._looks > self._at else features


@pytest.fixture(params=["a CPU", "a device that works ahead"])
def device(request, monkeypatch):
    if request.param != "a CPU":
        for module in (fice.inversion.finite, fice.inversion.choice, fice.inversion.plateau):
            monkeypatch.setattr(module, "look_every", lambda _: 4)


def run(models, at, recipe=RECIPE, limits=None, onlooker=None):
    clip = BreakingClip(models.clip, at)
    wish = Wish(clip, models.clip.encode_text(["red"]))
    source = Source(None, torch.zeros(1, models.generator.num_ws, models.generator.w_dim))
    given = source, wish, models.generator, recipe, (0,)
    return clip_guided_inversion(*given, onlooker=onlooker, limits=limits)


def ending_after(count):
    return Onlooker(until=lambda steps: itertools.islice(steps, count))


@pytest.mark.usefixtures("device")
class TestNotFinite:
    @pytest.mark.parametrize("best", [True, False])
    @pytest.mark.parametrize("at", [0, 1])
    def test_when_the_time_is_over(self, tiny_models, at, best):
        recipe = replace(RECIPE, keep_best=best)
        budget = Limits(seconds=1e-9) if at == 0 else None
        onlooker = None if at == 0 else ending_after(2)
        with pytest.raises(DivergedError, match=rf"Step {at} gave NaN .* image \[0\] .* in clip"):
            run(tiny_models, at, recipe, limits=budget, onlooker=onlooker)

    def test_when_somebody_ends_it(self, tiny_models):
        with pytest.raises(DivergedError, match="Step 0"):
            run(tiny_models, 0, onlooker=ending_after(1))

    def test_when_there_is_one_step(self, tiny_models):
        with pytest.raises(DivergedError, match="Step 0"):
            run(tiny_models, 0, onlooker=ending_after(0))

    def test_what_was_sound_is_handed_out(self, tiny_models):
        found = run(tiny_models, 3, onlooker=ending_after(3))
        assert found.steps == 3
        assert found.chosen.total.isfinite().all()


class TestIdle:
    """Photos that are left as they are cost no step, and change nothing about the others."""

    @pytest.fixture
    def batch(self, tiny_models):
        generator = tiny_models.generator
        shape = 4, generator.num_ws, generator.w_dim
        ws = torch.randn(shape, generator=torch.Generator().manual_seed(0))
        return Source(None, ws), Wish(tiny_models.clip, tiny_models.clip.encode_text(["red"]))

    @pytest.mark.parametrize("idle", [(False, True, False, True), (True, False, False, False)])
    def test_the_others_are_what_they_are_without_them(self, tiny_models, batch, idle):
        start = StartSearch(candidates=4)
        given = *batch, tiny_models.generator, replace(RECIPE, start=start), (3, 4, 5, 6)
        looks = []
        whole = clip_guided_inversion(*given)
        found = clip_guided_inversion(
            *given, onlooker=Onlooker(on_search=lambda: looks.append(0)), idle=idle
        )
        assert len(looks) == idle.count(False) * start.looks
        busy = ~torch.tensor(idle)
        assert torch.equal(found.chosen.ws[busy], whole.chosen.ws[busy])
        assert torch.equal(found.chosen.image[busy], whole.chosen.image[busy])
        assert torch.equal(found.start_ws[busy], whole.start_ws[busy])
        for name, loss in whole.losses.items():
            assert torch.equal(found.losses[name][:, busy], loss[:, busy])
            assert not found.losses[name][:, ~busy].any()
        assert torch.equal(found.chosen.ws[~busy], batch[0].ws[~busy])
        drawn = tiny_models.generator.synthesize(batch[0].ws[~busy])
        assert torch.allclose(found.chosen.image[~busy], drawn, atol=1e-6)

    def test_all_of_them(self, tiny_models, batch):
        given = *batch, tiny_models.generator, RECIPE, (0, 1, 2, 3)
        found = clip_guided_inversion(*given, idle=(True,) * 4)
        assert found.steps == 0
        assert torch.equal(found.chosen.ws, batch[0].ws)
