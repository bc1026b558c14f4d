"""The latent space of the demo generator."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from fice.demo.world.factors import FACTOR_DIM, POSE_DIM, decode, draw_z
from fice.lab.demo.latents import GROUP_LAYERS, LatentBasis, mixed_ws


@pytest.fixture(scope="module")
def factors():
    return np.stack([decode(draw_z(seed)).vector for seed in range(400)])


@pytest.fixture(scope="module")
def basis(factors):
    return LatentBasis.fit(factors)


class TestLatentBasis:
    def test_axes_are_orthonormal(self, basis):
        identity = basis.axes.T @ basis.axes
        torch.testing.assert_close(identity, torch.eye(FACTOR_DIM), atol=1e-4, rtol=0)

    def test_codes_are_centred_uncorrelated_and_sorted(self, basis, factors):
        w = basis.to_w(torch.from_numpy(factors))
        covariance = w.T @ w / len(w)
        deviation = w.std(0)
        torch.testing.assert_close(w.mean(0), torch.zeros(FACTOR_DIM), atol=1e-3, rtol=0)
        assert (covariance - covariance.diagonal().diag()).abs().max() < 1e-2
        assert (deviation[:-1] >= deviation[1:] - 1e-3).all()

    def test_figures_use_fewer_directions_than_there_are(self, basis, factors):
        """Weights that sum to one, joints that follow from angles: w_std must show it."""
        deviation = basis.to_w(torch.from_numpy(factors)).std(0)
        assert (deviation < 1e-3).sum() >= 5


class TestMixedWs:
    def test_each_group_of_layers_follows_its_own_factors_only(self, basis, factors):
        mine, other = torch.from_numpy(factors[:2]), torch.from_numpy(factors[2:4])
        donors = torch.from_numpy(factors[4:10]).view(3, 2, -1)
        changed = mine.clone()
        changed[:, :POSE_DIM] = other[:, :POSE_DIM]
        before, after = (mixed_ws(basis, one, donors) for one in (mine, changed))
        pose, shape, texture = GROUP_LAYERS
        assert not torch.allclose(before[:, pose.start], after[:, pose.start])
        assert torch.equal(before[:, shape.start : texture.stop], after[:, shape.start :])

    def test_own_factors_as_donors_give_one_plain_code(self, basis, factors):
        mine = torch.from_numpy(factors[:3])
        ws = mixed_ws(basis, mine, mine.expand(3, -1, -1))
        torch.testing.assert_close(ws, basis.to_w(mine)[:, None].expand_as(ws))
