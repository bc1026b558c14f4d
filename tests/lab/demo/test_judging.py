"""Cases and judges of the demo check."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from fice.demo.world.attributes import Attributes
from fice.demo.world.dataset import HELD_OUT_SEED
from fice.demo.world.factors import decode, draw_z
from fice.demo.world.figure import REGION_GARMENT
from fice.demo.world.patterns import PATTERN_NAMES
from fice.demo.world.renderer import Renderer
from fice.lab.demo.cases import EDITABLE, FIRST_FIGURE, draw_case
from fice.lab.demo.colour_judge import garment_colour
from fice.lab.demo.metrics import class_iou, gradient_magnitude, kernel_distance, psnr


class TestCases:
    def test_deterministic(self):
        assert draw_case(3) == draw_case(3)

    @pytest.mark.parametrize("index", range(40))
    def test_asks_for_something_else_on_a_held_out_figure(self, index):
        case = draw_case(index)
        worn = Attributes.of(decode(draw_z(case.figure_seed)))
        assert case.figure_seed >= FIRST_FIGURE > HELD_OUT_SEED
        assert 1 <= len(case.targets) <= 3
        for name, value in case.targets.items():
            assert value in EDITABLE[name]
            assert value != getattr(worn, name)
        if "colour" in case.targets:
            assert case.targets["colour"] in case.text

    def test_all_attributes_are_asked_for(self):
        asked = [name for index in range(60) for name in draw_case(index).targets]
        assert set(asked) == set(EDITABLE)


class TestGarmentColour:
    def test_reads_the_colour_off_renders(self):
        renderer = Renderer(128)
        seen = dict.fromkeys(PATTERN_NAMES, 0)
        right = 0
        for seed in range(HELD_OUT_SEED + 5000, HELD_OUT_SEED + 5080):
            factors = decode(draw_z(seed))
            worn = Attributes.of(factors)
            if worn.colour is None or worn.pattern is None:
                continue
            figure = renderer.render(factors)
            image = figure.image.astype(np.float32) / 255
            named = garment_colour(image, figure.regions == REGION_GARMENT, worn.pattern)
            right += named == worn.colour
            seen[worn.pattern] += 1
        assert min(seen.values()) > 0
        assert right >= 0.97 * sum(seen.values())

    def test_no_garment_has_no_colour(self):
        image = np.ones((128, 128, 3), np.float32)
        assert garment_colour(image, np.zeros((128, 128), bool), "solid") is None


class TestMetrics:
    def test_psnr_of_a_known_error(self):
        image = torch.zeros(1, 3, 4, 4)
        assert psnr(image, image + 0.1) == pytest.approx(20.0, abs=1e-4)

    def test_gradient_of_a_ramp(self):
        ramp = torch.arange(8.0).expand(1, 1, 8, 8)
        assert gradient_magnitude(ramp) == pytest.approx(1.0)

    def test_iou_by_hand(self):
        guess, truth = torch.tensor([0, 0, 1, 1]), torch.tensor([0, 1, 1, 1])
        expected = torch.tensor([1 / 2, 2 / 3, torch.nan], dtype=torch.float64)
        torch.testing.assert_close(class_iou(guess, truth, 3), expected, equal_nan=True)

    def test_kernel_distance_tells_distributions_apart(self):
        random = torch.Generator().manual_seed(0)
        one, same, other = (torch.randn(300, 8, generator=random) for _ in range(3))
        assert abs(kernel_distance(one, same)) < 0.05
        assert kernel_distance(one, other + 1) > 10 * abs(kernel_distance(one, same))
