import pytest
import torch

from fice.base.errors import ImageError, ShapeError
from fice.base.images import resize
from fice.base.types import BodyChart
from fice.networks.layers import freeze
from fice.networks.perceptors.compact_chart import CompactChart, CompactChartConfig
from fice.networks.perceptors.densepose import DensePose, DensePoseConfig
from fice.networks.perceptors.densepose_box import (
    BoxedDensePose,
    boxes_around,
    paste_chart,
    scale_box,
)

SMALL = DensePoseConfig(
    blocks=(1, 1, 1, 1),
    stem_width=4,
    inner=(2, 2, 2, 2),
    widths=(4, 6, 8, 10),
    fpn_width=4,
    decoder_width=4,
    pooled_width=4,
    head_width=6,
    head_depth=2,
    with_uv=True,
)


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    return freeze(DensePose(SMALL))


@pytest.fixture(scope="module")
def compact():
    torch.manual_seed(0)
    return freeze(CompactChart(CompactChartConfig((4, 6, 8))))


class TestDensePose:
    @pytest.mark.parametrize("size", [(64, 64), (50, 70)])
    def test_shapes(self, network, size):
        chart = network(torch.rand(2, 3, *size))
        assert chart.coarse_segm.shape == (2, 2, 112, 112)
        assert chart.fine_segm.shape == chart.u.shape == chart.v.shape == (2, 25, 112, 112)
        assert chart.u.min() >= 0
        assert chart.u.max() <= 1

    def test_padding_follows_the_subtraction_of_the_mean(self, network):
        x = network.preprocess(torch.rand(1, 3, 50, 70))
        assert x.shape == (1, 3, 64, 96)
        assert x[:, :, 50:].abs().max() == 0
        assert x[:, :, :, 70:].abs().max() == 0

    def test_channels_are_blue_green_red(self, network):
        red = torch.zeros(1, 3, 32, 32)
        red[:, 0] = 1
        x = network.preprocess(red)
        torch.testing.assert_close(x[0, :, 0, 0], torch.tensor([-103.53, -116.28, 255 - 123.675]))

    def test_exception(self, network):
        with pytest.raises(ShapeError):
            network(torch.rand(3, 64, 64))


class TestBoxedDensePose:
    def test_background_outside_the_box(self, network):
        chart = BoxedDensePose(network, (16, 0, 48, 64))(torch.rand(1, 3, 64, 64))
        assert chart.fine_segm.shape == (1, 25, 32, 32)
        assert (chart.part_ids[..., :8] == 0).all()
        assert (chart.part_ids[..., 24:] == 0).all()
        assert chart.body[..., :8].max() < 1e-6

    def test_whole_image(self, network):
        image = torch.rand(1, 3, 224, 224)
        whole = BoxedDensePose(network, (0, 0, 224, 224))(image)
        torch.testing.assert_close(whole.fine_segm, network(image).fine_segm)
        torch.testing.assert_close(whole.u, network(image).u)

    def test_gradient_reaches_the_image(self, network):
        image = torch.rand(1, 3, 64, 64, requires_grad=True)
        BoxedDensePose(network, (8, 8, 40, 60))(image).body.sum().backward()
        assert image.grad.isfinite().all()
        assert image.grad.abs().sum() > 0

    @pytest.mark.parametrize("box", [(8, 8, 8, 60), (0, 0, 65, 64), (-1, 0, 64, 64)])
    def test_exception(self, network, box):
        with pytest.raises(ImageError, match="64 wide and 64 high"):
            BoxedDensePose(network, box)(torch.rand(1, 3, 64, 64))


class TestBoxedOtherNetwork:
    """A chart network without a box of its own is shown the enlarged cut-out."""

    def test_sees_the_enlarged_part_only(self, compact):
        image = torch.rand(1, 3, 64, 64)
        boxed = BoxedDensePose(compact, (16, 32, 48, 64))
        expected = compact(resize(image[..., 32:64, 16:48], (64, 64)))
        seen = boxed(image)
        # Each pixel of the pasted chart lies between two by two of the cut-out's.
        mean = torch.nn.functional.avg_pool2d(expected.fine_segm, 2)
        torch.testing.assert_close(seen.fine_segm[..., 16:, 8:24], mean)
        assert (seen.part_ids[0, :16] == 0).all()
        assert (seen.part_ids[0, :, :8] == 0).all()

    def test_what_is_outside_does_not_matter(self, compact):
        image = torch.rand(1, 3, 64, 64)
        other = torch.rand(1, 3, 64, 64)
        other[..., 10:50, 20:40] = image[..., 10:50, 20:40]
        boxed = BoxedDensePose(compact, (20, 10, 40, 50))
        assert torch.equal(boxed(image).fine_segm, boxed(other).fine_segm)

    def test_gradient_reaches_the_box_only(self, compact):
        image = torch.rand(1, 3, 64, 64, requires_grad=True)
        BoxedDensePose(compact, (20, 10, 40, 50))(image).body.sum().backward()
        assert image.grad[..., 10:50, 20:40].abs().sum() > 0
        assert image.grad[..., :10, :].abs().sum() == 0

    def test_a_flat_box_makes_no_larger_picture(self, compact):
        shown = []

        def watching(image):
            shown.append(tuple(image.shape))
            return compact(image)

        BoxedDensePose(watching, (0, 3, 64, 4))(torch.rand(1, 3, 64, 64))
        assert shown == [(1, 3, 1, 64)]


class TestBoxesAround:
    def test_each_mask_has_its_own(self):
        mask = torch.zeros(2, 1, 20, 30)
        mask[0, 0, 5:9, 10:12] = 1.0
        mask[1, 0, 0, 29] = 0.5
        mask[1, 0, 19, 3] = 0.9
        mask[1, 0, 19, 0] = 0.4
        assert boxes_around(mask) == ((10, 5, 12, 9), (3, 0, 30, 20))

    def test_exception(self):
        with pytest.raises(ImageError, match="selects nothing"):
            boxes_around(torch.full((1, 1, 4, 4), 0.4))


class TestScaleBox:
    def test_follows_the_size(self):
        assert scale_box((10, 5, 30, 20), (20, 30), (40, 15)) == (5, 10, 15, 40)

    @pytest.mark.parametrize("width", [49, 103, 107, 3023])
    def test_never_leaves_the_image(self, width):
        for to in range(1, 300):
            assert scale_box((0, 0, width, 1), (1, width), (1, to))[2] <= to


class TestPasteChart:
    def test_place(self):
        """A chart whose left half is body ends up in the left half of its box."""
        coarse = torch.full((1, 2, 4, 4), -5.0)
        coarse[:, 1, :, :2] = 5.0
        coarse[:, 0, :, 2:] = 5.0
        fine = torch.zeros(1, 25, 4, 4)
        fine[:, 2] = 1.0
        pasted = paste_chart(BodyChart(coarse, fine), (8, 4, 24, 12), (20, 40))
        expected = torch.zeros(10, 20, dtype=torch.long)
        expected[2:6, 4:8] = 2
        assert torch.equal(pasted.part_ids[0], expected)
        assert pasted.u is None


@pytest.mark.parametrize("box", [(0.0, 0.0, 30.0, 40.0), (3.3, 7.9, 21.0, 39.5), (2.0, 3.0, 4, 5)])
def test_a_chart_is_pasted_as_grid_sample_would(box):
    random = torch.Generator().manual_seed(0)
    maps = torch.rand(2, 25, 28, 28, generator=random)
    pasted = paste_chart(BodyChart(maps[:, :2], maps), box, (40, 30)).fine_segm
    y, x = torch.arange(20, dtype=torch.float64) + 0.5, torch.arange(15, dtype=torch.float64) + 0.5
    rows = 2 * (2 * y - box[1]) / (box[3] - box[1]) - 1
    columns = 2 * (2 * x - box[0]) / (box[2] - box[0]) - 1
    grid = torch.stack(torch.meshgrid(columns, rows, indexing="xy"), -1).expand(2, -1, -1, -1)
    sampled = torch.nn.functional.grid_sample(
        maps.double(), grid, padding_mode="border", align_corners=False
    ).float()
    inside = (grid[0].abs() <= 1).all(-1)
    assert inside.sum() > 0
    assert (pasted - sampled)[..., inside].abs().max() <= 1e-6
    assert (pasted[:, 0][:, ~inside] == 10).all()
    assert (pasted[:, 1:][..., ~inside] == -10).all()
