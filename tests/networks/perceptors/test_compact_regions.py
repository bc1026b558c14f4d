import pytest
import torch
import torch.nn.functional as F

from fice.base.errors import ShapeError
from fice.networks.layers import freeze
from fice.networks.perceptors.compact_regions import (
    REGION_CLASSES,
    CompactRegions,
    CompactRegionsConfig,
)

SMALL = CompactRegionsConfig(widths=(4, 6, 8))


@pytest.fixture
def segmenter():
    torch.manual_seed(0)
    return freeze(CompactRegions(SMALL))


class TestCompactRegions:
    @pytest.mark.parametrize(("height", "width"), [(32, 32), (48, 32), (31, 45)])
    def test_regions_have_the_size_of_the_image_and_sum_to_one(self, segmenter, height, width):
        regions = segmenter(torch.rand(2, 3, height, width))
        for region in (regions.background, regions.body, regions.garment, regions.head):
            assert region.shape == (2, 1, height, width)
        total = regions.background + regions.body + regions.head
        torch.testing.assert_close(total, torch.ones_like(total))
        assert (regions.garment <= regions.body).all()

    def test_classes(self, segmenter):
        """The probabilities are those of the upsampled logits, in the order of the classes."""
        image = torch.rand(1, 3, 32, 32)
        logits = F.interpolate(segmenter.logits(image), size=(32, 32), mode="bilinear")
        seen = dict(zip(REGION_CLASSES, logits.softmax(1).unbind(1), strict=True))
        regions = segmenter(image)
        torch.testing.assert_close(regions.background[:, 0], seen["background"])
        torch.testing.assert_close(regions.garment[:, 0], seen["garment"])
        torch.testing.assert_close(regions.head[:, 0], seen["head"])
        torch.testing.assert_close(regions.body[:, 0], seen["body"] + seen["garment"])

    def test_exception(self, segmenter):
        with pytest.raises(ShapeError):
            segmenter(torch.rand(1, 4, 8, 8))
