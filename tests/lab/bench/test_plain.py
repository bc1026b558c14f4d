"""The plain path computes what the library computes, only as the published code does."""

import torch

from fice.lab.bench.plain import PlainGenerator, per_sample_conv, unfold_norms
from fice.networks.layers import freeze
from fice.networks.perceptors.densepose import DensePose, DensePoseConfig
from fice.networks.stylegan2 import Generator, GeneratorConfig

CONFIG = GeneratorConfig(z_dim=5, w_dim=4, resolution=16, channels={4: 6, 8: 4, 16: 3})
DENSEPOSE = DensePoseConfig((1, 1, 1, 1), 4, (2, 2, 2, 2), (4, 6, 8, 10), 4, 4, 4, 6, 2)


def make_generator():
    torch.manual_seed(0)
    generator = Generator(CONFIG)
    for name, parameter in generator.named_parameters():
        if name.endswith(("noise_strength", "bias")) and "affine" not in name:
            torch.nn.init.normal_(parameter, std=0.3)
    return generator.freeze()


class TestPlainGenerator:
    def test_same_image_and_gradient(self):
        generator = make_generator()
        ws = torch.randn(2, 6, 4, requires_grad=True)
        expected = generator.synthesize(ws)
        (wanted,) = torch.autograd.grad(expected.square().sum(), [ws])
        actual = PlainGenerator(generator).synthesize(ws)
        (gradient,) = torch.autograd.grad(actual.square().sum(), [ws])
        torch.testing.assert_close(actual, expected, rtol=1e-4, atol=1e-5)
        torch.testing.assert_close(gradient, wanted, rtol=1e-3, atol=1e-4)

    def test_weights_get_gradients_of_their_own(self):
        """What the library spares: the backward pass of each convolution asks for the weight's."""
        x, weight = torch.randn(2, 3, 4, 4), torch.randn(5, 3, 3, 3)
        styles = torch.randn(2, 3, requires_grad=True)
        y = per_sample_conv(x, weight, styles, demodulate=True)
        y.sum().backward()
        assert styles.grad.abs().sum() > 0


def test_densepose_with_unfolded_norms_sees_the_same():
    torch.manual_seed(0)
    network = freeze(DensePose(DENSEPOSE))
    image = torch.rand(1, 3, 64, 64)
    expected = network(image).body
    count = len(list(network.modules()))
    unfold_norms(network)
    torch.testing.assert_close(network(image).body, expected)
    assert len(list(network.modules())) > count
