"""The parts of the mapping network, put together, compute what the parts compute."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from fice.demo.world.factor_types import FACTOR_DIM
from fice.demo.world.factors import Z_DIM, decode, draw_z
from fice.lab.demo.latents import LatentBasis
from fice.lab.demo.train.generator import build_generator
from fice.lab.demo.train.mapping import residual_variance, train_mapping
from fice.lab.demo.train.mapping_assembly import assemble
from fice.lab.demo.train.mapping_parts import FIRST, SECOND, PartNetwork
from fice.lab.demo.train.run import Plan
from fice.networks.stylegan2.mapping import normalize_second_moment

PARTS = (*FIRST, SECOND)


@pytest.fixture(scope="module")
def basis():
    return LatentBasis.fit(np.stack([decode(draw_z(seed)).vector for seed in range(400)]))


class TestParts:
    def test_every_factor_is_written_once(self):
        written = [index for part in PARTS for index in part.writes]
        assert sorted(written) == list(range(FACTOR_DIM))

    @pytest.mark.parametrize("part", PARTS, ids=lambda part: part.name)
    def test_a_part_reads_all_that_its_factors_depend_on(self, part):
        """Other latents change, the part's factors do not."""
        rng = np.random.default_rng(0)
        z = draw_z(5)
        needed = [
            index
            for one in (*FIRST, SECOND)
            for index in one.reads
            if set(one.factors) & {*part.factors, *part.known}
        ]
        free = np.setdiff1d(np.arange(Z_DIM), needed)
        other = z.copy()
        other[free] = rng.permutation(z[free]) * rng.choice((-1, 1), len(free))  # same length
        before, after = decode(z).vector, decode(other).vector
        np.testing.assert_allclose(before[part.writes], after[part.writes], atol=1e-6)
        assert not np.allclose(before, after)


class TestAssemble:
    def test_computes_what_the_parts_compute(self, basis):
        torch.manual_seed(0)
        networks = {part: PartNetwork(part) for part in PARTS}
        for network in networks.values():
            for parameter in network.parameters():
                parameter.data *= 0.8
        mapping = build_generator(FACTOR_DIM).mapping
        assemble(mapping, networks, basis)
        z = normalize_second_moment(torch.randn(64, Z_DIM))
        factors = torch.zeros(64, FACTOR_DIM)
        with torch.no_grad():
            for part, network in networks.items():
                inputs = torch.cat((z[:, part.reads], factors[:, part.reads_known]), 1)
                factors[:, part.writes] = network(inputs)
            torch.testing.assert_close(mapping.to_w(z), factors @ basis.axes, atol=1e-4, rtol=1e-4)

    def test_refuses_a_network_of_another_depth(self, basis):
        mapping = build_generator(FACTOR_DIM).mapping
        mapping.num_layers = 4
        with pytest.raises(ValueError, match="10 layers"):
            assemble(mapping, {part: PartNetwork(part) for part in PARTS}, basis)


class TestTraining:
    def test_learns_in_a_few_steps(self, basis, tmp_path):
        """What is not explained of w falls clearly below all of it; goes on from its files."""
        plan = Plan(steps=120, batch=128, lr=5e-3, warmup=5)
        mapping = build_generator(FACTOR_DIM).mapping
        train_mapping(mapping, basis, tmp_path, first_seed=1_000_000, count=2048, plan=plan)
        z = torch.stack([torch.from_numpy(draw_z(seed)) for seed in range(400)])
        factors = torch.from_numpy(np.stack([decode(draw_z(seed)).vector for seed in range(400)]))
        assert residual_variance(mapping, z, basis.to_w(factors)) < 0.5
