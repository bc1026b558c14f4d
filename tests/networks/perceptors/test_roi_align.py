import pytest
import torch

from fice.networks.perceptors.roi_align import roi_align


def align(features, box, size=7, scale=0.5):
    return roi_align(features, box, output_size=size, spatial_scale=scale, sampling_ratio=2)


class TestRoiAlign:
    @pytest.mark.parametrize(
        "box",
        [
            (0, 0, 40, 24),
            (3.3, 5.1, 31.7, 20.2),
            (-6, -6, 50, 40),
            (38, 20, 60, 30),
            (8, 8, 8.5, 8.5),
        ],
        ids=["whole", "inside", "around", "corner", "tiny"],
    )
    def test_agrees_with_torchvision(self, box):
        """torchvision's operator is the one of detectron2."""
        ops = pytest.importorskip("torchvision.ops")
        torch.manual_seed(0)
        features = torch.randn(2, 3, 12, 20)
        boxes = torch.tensor([[0.0, *box], [1.0, *box]])
        expected = ops.roi_align(
            features, boxes, 7, spatial_scale=0.5, sampling_ratio=2, aligned=False
        )
        torch.testing.assert_close(align(features, box), expected)

    def test_constant_features_stay(self):
        pooled = align(torch.full((1, 2, 8, 8), 3.0), (0, 0, 16, 16))
        torch.testing.assert_close(pooled, torch.full((1, 2, 7, 7), 3.0))

    def test_gradcheck(self):
        torch.manual_seed(0)
        features = torch.randn(1, 1, 5, 6, dtype=torch.float64, requires_grad=True)
        assert torch.autograd.gradcheck(lambda x: align(x, (1, 2, 9, 8), size=3), (features,))
