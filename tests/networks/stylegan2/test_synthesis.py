from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from fice.base.errors import ShapeError
from fice.networks.stylegan2 import GeneratorConfig, SynthesisNetwork

CONFIG = GeneratorConfig(z_dim=4, w_dim=4, resolution=16, channels={4: 6, 8: 4, 16: 3})


def _network(config=CONFIG, dtype=torch.float32):
    torch.manual_seed(0)
    network = SynthesisNetwork(config).to(dtype)
    for name, parameter in network.named_parameters():
        if name.endswith(("noise_strength", "bias")) and "affine" not in name:
            torch.nn.init.normal_(parameter, std=0.3)  # zero at birth, which would hide mistakes
    return network


def _ws(batch=2, dtype=torch.float32):
    return torch.randn(batch, 6, 4, generator=torch.Generator().manual_seed(1)).to(dtype)


class TestShapes:
    def test_square_and_rectangular(self):
        assert _network()(_ws()).shape == (2, 3, 16, 16)
        assert _network(replace(CONFIG, square=False))(_ws()).shape == (2, 3, 16, 8)

    def test_ws_of_another_generator_is_refused_with_both_shapes(self):
        with pytest.raises(ShapeError, match=r"ws has shape \[1, 18, 512\], expected \[B, 6, 4\]"):
            _network()(torch.zeros(1, 18, 512))
        with pytest.raises(ShapeError, match="16x16 px"):
            _network()(torch.zeros(1, 18, 4))


class TestVariantsOfOneImage:
    """Without a graph, the layers before the first code that differs run once for all of them."""

    @pytest.mark.parametrize("architecture", ["skip", "resnet", "orig"])
    @pytest.mark.parametrize("shared", range(7))
    def test_same_images(self, architecture, shared):
        network, ws = _network(replace(CONFIG, architecture=architecture)), _ws(3)
        ws[:, :shared] = ws[:1, :shared]
        expected = network(ws).detach()
        with torch.no_grad():
            torch.testing.assert_close(network(ws), expected, rtol=1e-5, atol=1e-5)

    def test_shared_layers_see_one_image(self):
        network, ws = _network(), _ws(3)
        ws[:, :4] = ws[:1, :4]
        batches = []
        for height, name in ((8, "conv1"), (16, "conv0"), (16, "conv1")):
            layer = getattr(network.block(height), name)
            layer.register_forward_hook(lambda _m, _a, y: batches.append(len(y)))
        with torch.no_grad():
            network(ws)
        assert batches == [1, 1, 3]


class TestNoise:
    def test_const_is_repeatable_and_differs_from_none(self):
        network, ws = _network(), _ws()
        assert torch.equal(network(ws), network(ws))
        assert not torch.allclose(network(ws), network(ws, noise_mode="none"))

    def test_random_follows_the_generator_and_differs_within_the_batch(self):
        network, ws = _network(), _ws(1).expand(2, -1, -1)

        def draw(seed):
            return network(ws, noise_mode="random", rng=torch.Generator().manual_seed(seed))

        assert torch.equal(draw(0), draw(0))
        assert not torch.allclose(draw(0), draw(1))
        assert not torch.allclose(draw(0)[0], draw(0)[1])


class TestMaxResolution:
    def test_is_the_skip_image_of_that_block(self):
        network, ws = _network(), _ws()
        images = {}
        for height in (4, 8, 16):
            network.block(height).register_forward_hook(
                lambda _module, _args, output, height=height: images.__setitem__(height, output[1])
            )
        network(ws)
        expected = dict(images)
        for height in (4, 8, 16):
            actual = network(ws, max_resolution=height)
            assert actual.shape == (2, 3, height, height)
            assert torch.equal(actual, expected[height])

    def test_later_blocks_are_not_run(self):
        network = _network()
        ran = []
        network.block(16).register_forward_hook(lambda *_: ran.append(16))
        network(_ws(), max_resolution=8)
        assert not ran

    @pytest.mark.parametrize(("architecture", "height"), [("skip", 12), ("resnet", 8), ("orig", 8)])
    def test_where_there_is_no_image_it_is_refused(self, architecture, height):
        network = _network(replace(CONFIG, architecture=architecture))
        with pytest.raises(ValueError, match=f"max_resolution {height}"):
            network(_ws(), max_resolution=height)


class TestClamp:
    @pytest.mark.parametrize("architecture", ["skip", "resnet", "orig"])
    def test_bounds_features_and_colours(self, architecture):
        network = _network(replace(CONFIG, architecture=architecture, conv_clamp=0.1))
        layers = []
        network.block(8).conv1.register_forward_hook(lambda _m, _a, y: layers.append(y))
        image = network(_ws())
        gain = 0.5**0.5 if architecture == "resnet" else 1.0
        assert layers[0].abs().max() <= 0.1 * gain + 1e-7
        assert layers[0].abs().max() >= 0.099 * gain
        if architecture != "skip":  # skip sums three of them
            assert image.abs().max() <= 0.1


class TestDtypes:
    @pytest.mark.parametrize("architecture", ["skip", "resnet", "orig"])
    def test_gradcheck_of_ws(self, architecture):
        network = _network(replace(CONFIG, architecture=architecture), torch.float64)
        ws = _ws(1, torch.float64).requires_grad_()
        assert torch.autograd.gradcheck(network, (ws,), fast_mode=True)

    @pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
    def test_half_features_give_a_float32_image_close_to_the_exact_one(self, dtype):
        network, ws = _network(), _ws()
        image, exact = network(ws, dtype=dtype), network(ws)
        assert image.dtype == torch.float32
        error = (image - exact).abs().mean() / exact.abs().mean()
        assert error < (2e-2 if dtype == torch.bfloat16 else 3e-3)

    def test_channels_last_stays_channels_last(self):
        network = _network().to(memory_format=torch.channels_last)
        formats = []
        for height in (8, 16):
            network.block(height).register_forward_hook(
                lambda _m, _a, output: formats.append(
                    output[0].is_contiguous(memory_format=torch.channels_last)
                )
            )
        image = network(_ws(), dtype=torch.bfloat16)
        assert formats == [True, True]
        torch.testing.assert_close(network(_ws()), _network()(_ws()), rtol=0, atol=1e-5)
        assert image.isfinite().all()


class TestTraining:
    def test_every_parameter_and_a_trained_noise_map_get_a_gradient_in_bfloat16(self):
        network = _network().to(memory_format=torch.channels_last)
        noise = network.block(8).conv0.noise_const.requires_grad_()
        network(_ws(), dtype=torch.bfloat16).square().mean().backward()
        gradients = {name: p.grad for name, p in network.named_parameters()} | {"noise": noise.grad}
        missing = [n for n, g in gradients.items() if g is None or not g.abs().sum() > 0]
        assert missing == []

    def test_bfloat16_gradients_point_where_the_exact_ones_do(self):
        gradients = []
        for dtype in (torch.float32, torch.bfloat16):
            network = _network()
            network(_ws(), dtype=dtype).square().mean().backward()
            gradients.append(torch.cat([p.grad.flatten() for p in network.parameters()]))
        assert torch.cosine_similarity(*gradients, dim=0) > 0.99
