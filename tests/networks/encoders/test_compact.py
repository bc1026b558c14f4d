import pytest
import torch
import torch.nn.functional as F

from fice.base.errors import ShapeError
from fice.networks.encoders.compact import CompactEncoder, CompactEncoderConfig
from fice.networks.layers import freeze

SMALL = CompactEncoderConfig(
    num_ws=6, w_dim=8, image_size=(32, 16), widths=(4, 6, 8), hidden=16, generator_fingerprint="ab"
)


@pytest.fixture
def encoder():
    torch.manual_seed(0)
    return freeze(CompactEncoder(SMALL))


class TestCompactEncoder:
    def test_shape(self, encoder):
        assert encoder(torch.rand(2, 3, 32, 16)).shape == (2, 6, 8)
        assert (encoder.num_ws, encoder.w_dim, encoder.generator_fingerprint) == (6, 8, "ab")

    def test_starts_without_deltas(self, encoder):
        ws = encoder(torch.rand(2, 3, 32, 16))
        assert torch.equal(ws, ws[:, :1].expand_as(ws))
        assert ws.std() > 0

    @pytest.mark.parametrize("shape", [(8,), (6, 8)])
    def test_statistics(self, encoder, shape):
        image = torch.rand(2, 3, 32, 16)
        mean, std = torch.randn(shape), torch.rand(shape)
        encoder.set_statistics(mean, std)
        torch.testing.assert_close(encoder(image), encoder.standardised(image) * std + mean)

    def test_larger_images_are_resized_by_area(self, encoder):
        image = torch.rand(1, 3, 64, 32)
        torch.testing.assert_close(encoder(image), encoder(F.avg_pool2d(image, 2)))

    def test_smaller_images_are_enlarged(self, encoder):
        image = torch.rand(1, 3, 16, 8)
        larger = F.interpolate(image, (32, 16), mode="bilinear", align_corners=False)
        torch.testing.assert_close(encoder(image), encoder(larger))

    def test_gradient(self, encoder):
        image = torch.rand(2, 3, 32, 16, requires_grad=True)
        encoder(image).square().sum().backward()
        assert image.grad.isfinite().all()
        assert image.grad.abs().sum() > 0

    def test_exception(self, encoder):
        with pytest.raises(ShapeError):
            encoder(torch.rand(3, 32, 16))
