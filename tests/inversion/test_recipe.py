from __future__ import annotations

from dataclasses import replace

from fice.inversion import FAST, PAPER, TUNED, LossWeights


class TestWeightsOfStarts:
    def test_own_ones(self):
        assert TUNED.weights_of_starts == TUNED.start_weights != TUNED.weights

    def test_a_share_of_those_of_the_steps(self):
        recipe = replace(PAPER, start_hold=0.5)
        assert recipe.weights_of_starts == LossWeights(
            clip=1.0, image=15.0, body_shape=5.0, head_shape=0.5, w_delta=0.5
        )

    def test_another_weight_of_the_steps_is_one_of_starts(self):
        loose = replace(FAST, weights=replace(FAST.weights, image=0.0))
        assert loose.weights_of_starts.image == 0.0 < FAST.weights_of_starts.image
