import pytest
import torch

from fice.base.errors import ShapeError
from fice.base.types import BodyChart
from fice.networks.layers import freeze
from fice.networks.perceptors.compact_chart import CompactChart, CompactChartConfig

SMALL = CompactChartConfig(widths=(4, 6, 8))


@pytest.fixture
def chart():
    torch.manual_seed(0)
    return freeze(CompactChart(SMALL))


class TestCompactChart:
    @pytest.mark.parametrize(("height", "width"), [(32, 32), (48, 32), (31, 45)])
    def test_half_resolution(self, chart, height, width):
        seen = chart(torch.rand(2, 3, height, width))
        size = ((height + 1) // 2, (width + 1) // 2)
        assert isinstance(seen, BodyChart)
        assert seen.coarse_segm.shape == (2, 2, *size)
        assert seen.fine_segm.shape == seen.u.shape == seen.v.shape == (2, 25, *size)

    def test_coordinates_are_clamped_only_when_read(self, chart):
        image = torch.rand(1, 3, 32, 32)
        raw, seen = chart.logits(image), chart(image)
        assert raw.u.min() < 0
        assert torch.equal(seen.u, raw.u.clamp(0, 1))
        assert torch.equal(seen.v, raw.v.clamp(0, 1))
        assert torch.equal(seen.fine_segm, raw.fine_segm)

    def test_default_widths(self):
        assert sum(p.numel() for p in CompactChart(CompactChartConfig()).parameters()) < 1_000_000

    def test_exception(self, chart):
        with pytest.raises(ShapeError, match=r"image has shape \[3, 8, 8\]"):
            chart(torch.rand(3, 8, 8))
