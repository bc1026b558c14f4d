"""A device that works ahead of Python: looks are rare, and what is kept is the same."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace

import pytest
import torch

import fice.inversion.choice
import fice.inversion.finite
import fice.inversion.plateau
import fice.inversion.tuning
from fice.base.errors import DivergedError
from fice.guidance.terms import WeightedTerm
from fice.inversion import InversionConfig, Plateau, choose_steps, invert
from fice.inversion.device_queue import STEPS_AHEAD, look_every
from fice.inversion.step import InversionStep
from fice.inversion.tuning import TuningConfig, tune

CONFIG = InversionConfig(steps=30, learning_rate=0.05)


MODULES = (
    fice.inversion.finite,
    fice.inversion.choice,
    fice.inversion.plateau,
    fice.inversion.tuning,
)


@dataclass
class Breaking:
    """Turns to NaN from one step on, for the last image only."""

    at: int
    name: str = "breaking"

    def __call__(self, candidate):
        loss = candidate.ws.square().mean((1, 2))
        if candidate.step < self.at:
            return loss
        return torch.cat([loss[:-1], loss[-1:] * float("nan")])


@pytest.fixture
def works_ahead(monkeypatch):
    for module in MODULES:
        monkeypatch.setattr(module, "look_every", lambda _: 4)


def path(toy, at, config=CONFIG):
    return invert(toy, torch.ones(2, 6, 4), [WeightedTerm(Breaking(at), 1.0)], config)


def test_a_cpu_is_looked_at_in_each_step_and_a_gpu_is_not():
    assert look_every(torch.device("cpu")) == 1
    assert look_every(torch.device("cuda")) == look_every(torch.device("mps")) == STEPS_AHEAD


@pytest.mark.usefixtures("works_ahead")
class TestWorksAhead:
    def test_the_error_names_the_first_broken_step(self, toy):
        run = path(toy, at=5)
        assert len(list(itertools.islice(run, 7))) == 7
        with pytest.raises(DivergedError, match=r"Step 5 .* image \[1\] .* breaking"):
            next(run)

    def test_the_last_step_is_always_looked_at(self, toy):
        run = path(toy, at=5, config=replace(CONFIG, steps=6))
        with pytest.raises(DivergedError, match="Step 5"):
            list(run)

    @pytest.mark.parametrize("best", [True, False])
    def test_the_last_good_step_is_kept(self, toy, best):
        kept = [kept for _, kept in itertools.islice(choose_steps(path(toy, at=5), best=best), 7)]
        assert kept[-1].index.tolist() == [6, 4]
        assert kept[-1].total.isfinite().all()

    def test_a_plateau_is_noticed_at_the_next_look(self):
        def step(index):
            return InversionStep(index, torch.zeros(1, 6, 4), torch.zeros(1), {}, torch.ones(1))

        plateau = Plateau(patience=2)
        reached = [plateau.reached_by(step(index)) for index in range(5)]
        assert reached == [False, False, False, False, True]

    @pytest.mark.parametrize(("at", "seen"), [(0, 3), (1, 3), (5, 7), (9, 9)])
    def test_a_tuning_names_the_first_broken_step(self, tiny_models, monkeypatch, at, seen):
        error = itertools.chain(itertools.repeat(1.0, at), itertools.repeat(float("nan")))
        images = []

        def broken(image, target):
            return (image - target).square().flatten(1).mean(1) * next(error)

        monkeypatch.setattr(fice.inversion.tuning, "pyramid_error", broken)
        ws = torch.zeros(1, tiny_models.generator.num_ws, tiny_models.generator.w_dim)
        config = TuningConfig(steps=10, keep_weight=0.0)
        photo = torch.rand(1, 3, *tiny_models.generator.resolution)
        with pytest.raises(DivergedError, match=f"Tuning step {at} gave NaN"):
            tune(tiny_models.generator, ws, photo, config, images.append)
        assert len(images) == seen
