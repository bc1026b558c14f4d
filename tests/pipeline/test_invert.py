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
from fice.inversion import PAPER, InversionConfig
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
