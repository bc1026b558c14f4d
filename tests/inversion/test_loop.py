from __future__ import annotations

import itertools
from dataclasses import dataclass, replace

import pytest
import torch

from fice.base.errors import DivergedError, ShapeError
from fice.base.layer_groups import LayerGroups
from fice.guidance.losses import ImageTerm, WDeltaTerm
from fice.guidance.terms import WeightedTerm
from fice.inversion import DrawnCodes, InversionConfig, invert

CONFIG = InversionConfig(steps=30, learning_rate=0.05)


def start(batch=2):
    return torch.linspace(-1, 1, batch * 24).view(batch, 6, 4)


def terms_for(image):
    weight = torch.ones(1, 1, 6, 4)
    return [WeightedTerm(ImageTerm(image, weight), 2.0), WeightedTerm(WDeltaTerm(), 0.1)]


def targets(toy, batch=2):
    return toy.synthesize(start(batch).roll(1, 2))


@dataclass
class Breaking:
    """Turns to NaN in one step, for the last image only."""

    at: int
    name: str = "breaking"

    def __call__(self, candidate):
        loss = candidate.ws.square().mean((1, 2))
        if candidate.step < self.at:
            return loss
        return torch.cat([loss[:-1], loss[-1:] * float("nan")])


def test_first_step_is_the_start_and_steps_are_counted(toy):
    steps = list(invert(toy, start(), terms_for(targets(toy)), CONFIG))
    assert [step.index for step in steps] == list(range(30))
    assert torch.equal(steps[0].ws, start())
    assert torch.equal(steps[0].image, toy.synthesize(start()))


def test_losses_are_weighted_and_add_up(toy):
    term, regulariser = terms_for(targets(toy))
    (step,) = invert(toy, start(), [term, regulariser], replace(CONFIG, steps=1))
    plain = 2.0 * (step.image - targets(toy)).square().mean((1, 2, 3))
    torch.testing.assert_close(step.losses["image"], plain)
    torch.testing.assert_close(step.total, step.losses["image"] + step.losses["w_delta"])


@dataclass
class Pulling:
    """Pulls the codes to a number, under the name that another has too."""

    to: float
    name: str = "same"

    def __call__(self, candidate):
        return (candidate.ws - self.to).square().mean((1, 2))


def test_two_terms_of_one_name_count_once_each(toy):
    one, other = WeightedTerm(Pulling(1.0), 2.0), WeightedTerm(Pulling(-3.0), 0.5)
    together = list(invert(toy, start(), [one, other], replace(CONFIG, steps=3)))
    renamed = [one, replace(other, term=Pulling(-3.0, "other"))]
    apart = list(invert(toy, start(), renamed, replace(CONFIG, steps=3)))
    for step, wanted in zip(together, apart, strict=True):
        assert list(step.losses) == ["same", "same 2"]
        assert torch.equal(step.losses["same"], wanted.losses["same"])
        assert torch.equal(step.losses["same 2"], wanted.losses["other"])
        assert torch.equal(step.total, step.losses["same"] + step.losses["same 2"])
        assert torch.equal(step.ws, wanted.ws)


def test_two_terms_of_one_name_of_which_one_looks_rarely(toy):
    terms = [WeightedTerm(Pulling(1.0), 2.0, every=2), WeightedTerm(Pulling(-3.0), 0.5)]
    steps = list(invert(toy, start(), terms, replace(CONFIG, steps=4)))
    assert torch.equal(steps[1].losses["same"], steps[0].losses["same"])
    assert not torch.equal(steps[1].losses["same 2"], steps[0].losses["same 2"])


def test_total_falls(toy):
    steps = list(invert(toy, start(), terms_for(targets(toy)), CONFIG))
    assert (steps[-1].total < 0.5 * steps[0].total).all()


def test_first_update_is_adams(toy):
    """Adam's first step is lr · g / (|g| + eps): one learning rate against the gradient's sign."""
    first, second = itertools.islice(invert(toy, start(), terms_for(targets(toy)), CONFIG), 2)
    moved = second.ws - first.ws
    torch.testing.assert_close(moved.abs(), torch.full_like(moved, 0.05), rtol=0, atol=1e-4)


def test_batch_equals_single_images(toy):
    image = targets(toy)
    together = list(invert(toy, start(), terms_for(image), CONFIG))[-1]
    for index in range(2):
        item = slice(index, index + 1)
        alone = list(invert(toy, start()[item], terms_for(image[item]), CONFIG))[-1]
        torch.testing.assert_close(alone.ws, together.ws[item], rtol=0, atol=1e-6)


def test_repeats_and_leaves_the_global_random_state_alone(toy):
    before = torch.get_rng_state()
    runs = [list(invert(toy, start(), terms_for(targets(toy)), CONFIG)) for _ in range(2)]
    assert all(torch.equal(a.ws, b.ws) for a, b in zip(*runs, strict=True))
    assert torch.equal(torch.get_rng_state(), before)


def test_locked_layers_stay_bit_identical(toy):
    config = replace(CONFIG, moving=("texture",), whiten=True, shared_rate=0.5)
    last = list(invert(toy, start(), terms_for(targets(toy)), config))[-1]
    assert torch.equal(last.ws[:, :3], start()[:, :3])
    assert (last.ws[:, 3:] != start()[:, 3:]).all()


def test_whitened_steps_are_in_units_of_w_std(toy):
    config = replace(CONFIG, whiten=True)
    first, second = itertools.islice(invert(toy, start(), terms_for(targets(toy)), config), 2)
    expected = (0.05 * toy.w_std).expand_as(first.ws)
    torch.testing.assert_close((second.ws - first.ws).abs(), expected, rtol=0, atol=1e-4)


def test_shared_step_is_the_same_in_all_layers(toy):
    config = replace(CONFIG, shared_rate=0.5)
    first, second = itertools.islice(invert(toy, start(), terms_for(targets(toy)), config), 2)
    moved = second.ws - first.ws
    # Each layer's own step is 0.05 either way, and one of ±0.025 fits all layers.
    fits = [((moved - shared).abs() - 0.05).abs().amax(1) < 1e-4 for shared in (0.025, -0.025)]
    assert torch.logical_xor(*fits).all()


@dataclass
class Shifted:
    """Square distance of the mean code to a shifted start."""

    name: str = "shifted"

    def __call__(self, candidate):
        return (candidate.ws - start() - 0.5).mean(1).square().mean(1)


def test_shared_steps_go_far_without_disagreeing(toy):
    """Twenty steps of 0.01 cannot cover 0.5 alone."""
    terms = [WeightedTerm(Shifted(), 1.0)]
    config = replace(CONFIG, steps=21, learning_rate=0.01)
    alone, shared = (
        list(invert(toy, start(), terms, replace(config, shared_rate=rate)))[-1]
        for rate in (0.0, 1.0)
    )
    assert (shared.total < 0.5 * alone.total).all()


def test_diverged_after_the_last_good_step(toy):
    path = invert(toy, start(), [WeightedTerm(Breaking(at=4), 1.0)], CONFIG)
    good = list(itertools.islice(path, 4))
    assert all(step.total.isfinite().all() for step in good)
    with pytest.raises(DivergedError, match=r"Step 4 .* image \[1\] .* breaking"):
        next(path)


def test_wrong_ws_shows_at_the_call(toy):
    with pytest.raises(ShapeError, match=r"start_ws has shape \[1, 5, 4\], expected \[B, 6, 4\]"):
        invert(toy, torch.zeros(1, 5, 4), [], CONFIG)


def test_runs_in_inference_mode_without_leaking_out_of_it(toy):
    terms = terms_for(targets(toy))
    with torch.inference_mode():
        given = start()
        path = invert(toy, given, terms, replace(CONFIG, steps=3))
        for step in path:
            assert torch.is_inference_mode_enabled()
            assert not step.ws.requires_grad
    assert torch.equal(given, start())
    assert step.total.sum() > 0


def test_last_update_is_not_computed(toy, monkeypatch):
    """Nobody would see it: FICE makes it and then returns the image from before."""
    updates = []
    step = torch.optim.Adam.step
    monkeypatch.setattr(torch.optim.Adam, "step", lambda adam: updates.append(1) or step(adam))
    list(invert(toy, start(), terms_for(targets(toy)), replace(CONFIG, steps=5)))
    assert len(updates) == 4


def test_caller_may_reuse_the_tensor_it_gave(toy):
    given = start()
    path = invert(toy, given, terms_for(targets(toy)), CONFIG)
    next(path)
    given.zero_()
    torch.testing.assert_close(next(path).ws, start(), rtol=0, atol=0.06)


def test_config_refuses_impossible_numbers():
    with pytest.raises(ValueError, match="steps is 0"):
        InversionConfig(steps=0)
    with pytest.raises(ValueError, match="no layer group"):
        InversionConfig(moving=())


@dataclass
class Looking:
    """Pulls the codes to zero and notes in which steps it was asked."""

    asked: list[int]
    name: str = "looking"

    def __call__(self, candidate):
        self.asked.append(candidate.step)
        return candidate.ws.square().mean((1, 2))


class TestEvery:
    def run(self, toy, every, steps=6):
        looking = Looking([])
        terms = [*terms_for(targets(toy)), WeightedTerm(looking, 0.5, every)]
        return looking, list(invert(toy, start(), terms, replace(CONFIG, steps=steps)))

    def test_looks_in_every_nth_step_and_the_last(self, toy):
        assert self.run(toy, 2)[0].asked == [0, 2, 4, 5]
        assert self.run(toy, 1)[0].asked == list(range(6))

    def test_last_value_is_reported_in_between(self, toy):
        _, steps = self.run(toy, 3)
        values = [step.losses["looking"] for step in steps]
        assert torch.equal(values[1], values[0])
        assert torch.equal(values[2], values[0])
        assert not torch.equal(values[3], values[0])

    def test_counts_for_the_steps_that_leave_it_out(self, toy):
        """The first update follows three times the term; Adam hides that but for its sign."""
        once, thrice = WDeltaTerm(), Looking([])
        small = [WeightedTerm(once, 1.0), WeightedTerm(thrice, 0.1, 3)]
        large = [WeightedTerm(once, 1.0), WeightedTerm(thrice, 0.3, 1)]
        pairs = zip(
            invert(toy, start(), small, replace(CONFIG, steps=2)),
            invert(toy, start(), large, replace(CONFIG, steps=2)),
            strict=True,
        )
        for left, right in pairs:
            torch.testing.assert_close(left.ws, right.ws)

    def test_a_step_with_nothing_else_to_lower_looks_all_the_same(self, toy):
        looking = Looking([])
        list(invert(toy, start(), [WeightedTerm(looking, 1.0, 4)], replace(CONFIG, steps=3)))
        assert looking.asked == [0, 1, 2]


class TestInZ:
    """Codes whose z is known move through the mapping network."""

    CONFIG = replace(CONFIG, z_learning_rate=0.1)

    @pytest.fixture(autouse=True)
    def narrow_mapping(self, toy):
        toy.sample_w = lambda z, *, truncation_psi=1.0: truncation_psi * z.tanh()

    def drawn_start(self, toy, names=("texture",), rows=(True, True)):
        z = torch.linspace(-0.5, 0.5, 8).view(2, 4)
        nothing = DrawnCodes.none(start(), toy)
        drawn = nothing.with_z(z, names).where(torch.tensor(rows), nothing)
        return drawn.put_into(start(), drawn.z, toy, LayerGroups.by_resolution(6)), drawn

    def run(self, toy, ws, drawn, config):
        return list(invert(toy, ws, terms_for(targets(toy)), config, drawn))

    def test_codes_stay_among_those_of_the_mapping_network(self, toy):
        ws, drawn = self.drawn_start(toy)
        steps = self.run(toy, ws, drawn, self.CONFIG)
        assert torch.equal(steps[0].ws, ws)
        last = steps[-1].ws
        assert torch.equal(last[:, 3:], last[:, 3:4].expand(-1, 3, -1))
        assert (last[:, 3:].abs() < 1.0).all()
        assert (last[:, 3:] != ws[:, 3:]).all()
        assert (last[:, :3] != ws[:, :3]).all()
        assert (steps[-1].total < steps[0].total).all()

    def test_first_step_has_the_length_of_the_learning_rate(self, toy):
        ws, drawn = self.drawn_start(toy)
        first, second, *_ = self.run(toy, ws, drawn, self.CONFIG)
        moved = second.ws[:, 3].atanh() - first.ws[:, 3].atanh()
        torch.testing.assert_close(moved.abs(), torch.full_like(moved, 0.1), rtol=0, atol=1e-3)

    def test_an_image_without_z_moves_as_ever(self, toy):
        ws, drawn = self.drawn_start(toy, rows=(True, False))
        mixed = self.run(toy, ws, drawn, self.CONFIG)[-1].ws
        plain = self.run(toy, ws, None, self.CONFIG)[-1].ws
        assert torch.equal(mixed[1], plain[1])
        assert not torch.equal(mixed[0], plain[0])

    def test_rate_zero_moves_all_in_w(self, toy):
        ws, drawn = self.drawn_start(toy)
        plain = self.run(toy, ws, None, CONFIG)[-1].ws
        assert torch.equal(self.run(toy, ws, drawn, CONFIG)[-1].ws, plain)

    def test_locked_groups_stay_bit_identical(self, toy):
        ws, drawn = self.drawn_start(toy, names=("shape", "texture"))
        config = replace(self.CONFIG, moving=("shape",))
        last = self.run(toy, ws, drawn, config)[-1].ws
        assert torch.equal(last[:, 3:], ws[:, 3:])
        assert torch.equal(last[:, :2], ws[:, :2])
        assert (last[:, 2] != ws[:, 2]).all()
