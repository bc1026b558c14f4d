"""Projection and tuning with a tiny random generator: pictures that it drew itself are known."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from fice.base.errors import ShapeError
from fice.base.fingerprint import fingerprint_state
from fice.base.layer_groups import mean_ws
from fice.framing.misfit import unexplained
from fice.inversion.projection import FROM_MEAN, REFINE, project, pyramid_error
from fice.inversion.tuning import TuningConfig, tune

QUICK = TuningConfig(steps=12, learning_rate=1e-2)


@pytest.fixture
def generator(tiny_models):
    return tiny_models.generator


def draw(generator, ws):
    with torch.no_grad():
        return generator.synthesize(ws).clamp(0, 1)


def person(generator, seed=0):
    z = torch.randn(1, generator.z_dim, generator=torch.Generator().manual_seed(seed))
    return generator.sample_w(z).unsqueeze(1).repeat(1, generator.num_ws, 1)


class TestPyramidError:
    def test_zero_at_the_target(self):
        image = torch.rand(2, 3, 16, 16)
        assert not pyramid_error(image, image).any()

    def test_wrong_colours_count_more_than_wrong_details(self):
        """Of two pictures with the same squared error."""
        grey = torch.full((1, 3, 32, 32), 0.5)
        chequered = grey + 0.2 * (-1.0) ** torch.arange(32)
        assert pyramid_error(grey + 0.2, grey) > 3 * pyramid_error(chequered, grey)

    def test_of_one_row(self):
        assert pyramid_error(torch.ones(1, 3, 1, 5), torch.zeros(1, 3, 1, 5)).isfinite()


class TestProject:
    @pytest.mark.parametrize("config", [REFINE, FROM_MEAN])
    def test_comes_closer(self, generator, config):
        photo = draw(generator, person(generator))
        steps = list(project(generator, photo, mean_ws(generator), replace(config, steps=40)))
        assert steps[-1].total < 0.5 * steps[0].total

    def test_photo_of_another_size(self, generator):
        with pytest.raises(ShapeError, match="Resize"):
            project(generator, torch.rand(1, 3, 7, 7), mean_ws(generator), REFINE)


class TestUnexplained:
    def test_ends(self, generator):
        photo, mean = draw(generator, person(generator)), draw(generator, mean_ws(generator))
        assert unexplained(photo, photo, mean).item() == 0
        assert unexplained(photo, mean, mean).item() == 1


class TestTune:
    def tuned(self, generator, photo, ws, **numbers):
        return tune(generator, ws, photo, replace(QUICK, **numbers))

    def test_all_of_the_synthesis_network_learns(self, generator):
        photo = torch.rand(1, 3, *generator.resolution)
        tuned = self.tuned(generator, photo, person(generator))
        before, after = (dict(one.synthesis.named_parameters()) for one in (generator, tuned))
        assert [name for name, value in after.items() if torch.equal(value, before[name])] == []
        kept = generator.mapping.state_dict()
        assert all(torch.equal(kept[n], v) for n, v in tuned.mapping.state_dict().items())

    def test_draws_what_its_weights_say(self, generator):
        """Nothing that was made of the weights before is left in the result."""
        ws = person(generator)
        tuned = self.tuned(generator, torch.rand(1, 3, *generator.resolution), ws)
        torch.testing.assert_close(tuned.synthesize(ws), tuned.thaw().synthesize(ws))
        assert tuned.fingerprint == fingerprint_state(tuned.state_dict())

    def test_shows_each_step_and_ends_when_told(self, generator):
        seen = []

        def watch(images):
            seen.append(images)
            if len(seen) == 3:
                raise KeyboardInterrupt

        photo = torch.rand(1, 3, *generator.resolution)
        with pytest.raises(KeyboardInterrupt):
            tune(generator, person(generator), photo, QUICK, watch)
        assert [image.shape for image in seen] == [photo.shape] * 3
        assert not torch.equal(seen[0], seen[2])

    def test_draws_the_photo_better_at_the_pivot(self, generator):
        ws, photo = person(generator), draw(generator, person(generator, 1)) * 0.8
        tuned = self.tuned(generator, photo, ws)
        before, after = (pyramid_error(draw(one, ws), photo) for one in (generator, tuned))
        assert after < 0.5 * before

    def test_the_generator_that_came_in_stays(self, generator):
        before = {name: value.clone() for name, value in generator.state_dict().items()}
        tuned = self.tuned(generator, torch.rand(1, 3, *generator.resolution), person(generator))
        assert all(torch.equal(before[n], v) for n, v in generator.state_dict().items())
        assert tuned.fingerprint != generator.fingerprint
        assert all(p.grad is None for p in generator.parameters())

    def test_result_is_frozen(self, generator):
        tuned = self.tuned(generator, torch.rand(1, 3, *generator.resolution), person(generator))
        assert not any(p.requires_grad for p in tuned.parameters())

    def test_others_change_less_with_the_locality_term(self, generator):
        ws, photo = person(generator), torch.rand(1, 3, *generator.resolution)
        other = torch.lerp(ws, person(generator, 9), 0.3)

        def change(weight):
            tuned = self.tuned(generator, photo, ws, keep_weight=weight, steps=25)
            return pyramid_error(draw(tuned, other), draw(generator, other)).item()

        assert change(30.0) < change(0.0)

    def test_in_inference_mode(self, generator):
        with torch.inference_mode():
            photo = torch.rand(1, 3, *generator.resolution)
            tuned = self.tuned(generator, photo, person(generator))
        assert not any(p.is_inference() for p in tuned.parameters())
