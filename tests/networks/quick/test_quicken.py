from __future__ import annotations

import pytest
import torch
from torch import nn

from fice.base.errors import FrozenError
from fice.networks.layers import ConvBlock, freeze
from fice.networks.perceptors.clip import OpenClip
from fice.networks.perceptors.clip_model import ClipConfig
from fice.networks.perceptors.compact_regions import CompactRegions, CompactRegionsConfig
from fice.networks.perceptors.deeplab import DeepLab
from fice.networks.quick.quicken import quicken

CLIP = ClipConfig(
    embed_dim=8,
    vision_cfg={"image_size": 32, "layers": (1, 1, 1, 1), "width": 8},
    text_cfg={"context_length": 8, "vocab_size": 6, "width": 8, "heads": 2, "layers": 1},
)
NETWORKS = {
    "compact_regions": (lambda: CompactRegions(CompactRegionsConfig((4, 6, 8))), "logits"),
    "deeplab": (DeepLab, "logits"),
    "clip": (lambda: OpenClip(CLIP), "encode_image"),
}


def random_norms(network):
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.running_mean, -0.5, 0.5)
            nn.init.uniform_(module.running_var, 0.5, 2.0)
            nn.init.uniform_(module.weight, 0.5, 2.0)
            nn.init.uniform_(module.bias, -0.5, 0.5)


@pytest.fixture(params=NETWORKS)
def network(request):
    torch.manual_seed(0)
    build, what = NETWORKS[request.param]
    network = build()
    random_norms(network)
    return freeze(network), what


def look(network, what, image):
    image = image.clone().requires_grad_()
    seen = getattr(network, what)(image)
    some_loss = (seen * torch.linspace(-1, 1, seen.numel()).view_as(seen)).sum()
    (gradient,) = torch.autograd.grad(some_loss, [image])
    return seen.detach(), gradient


class TestQuicken:
    def test_same_output_and_gradient(self, network):
        network, what = network
        # In double precision: rounding flips rectifiers of a network with random norms.
        network, image = network.double(), torch.rand(2, 3, 64, 64, dtype=torch.float64)
        expected = look(network, what, image)
        for actual, wanted in zip(look(quicken(network), what, image), expected, strict=True):
            assert (actual - wanted).norm() < 1e-9 * wanted.norm()

    def test_no_batch_norm_is_left(self, network):
        network, _ = network
        assert not [m for m in quicken(network).modules() if isinstance(m, nn.BatchNorm2d)]

    def test_kernels_lie_channels_last(self, network):
        network, _ = network
        kernels = [p for p in quicken(network).parameters() if p.dim() == 4]
        assert all(k.is_contiguous(memory_format=torch.channels_last) for k in kernels)

    def test_nothing_is_left_to_train(self, network):
        network, _ = network
        assert not any(p.requires_grad for p in quicken(network).parameters())

    def test_norm_before_a_convolution_stays(self):
        network = freeze(nn.Sequential(nn.BatchNorm2d(3), nn.Conv2d(3, 4, 3)))
        assert isinstance(quicken(network)[0], nn.BatchNorm2d)

    def test_weights_work_in_a_graph_of_inference_mode(self):
        network = freeze(ConvBlock(3, 4))
        with torch.inference_mode():
            quicken(network)
        assert not any(p.is_inference() for p in network.parameters())

    @pytest.mark.parametrize("strict", [True, False])
    def test_other_weights_are_refused(self, network, strict):
        """They would lie beside norms that are folded into those of before."""
        network, _ = network
        state = network.state_dict()
        quicken(network)
        with pytest.raises(FrozenError, match="not frozen or quickened yet"):
            network.load_state_dict(state, strict=strict)

    def test_refuses_a_network_in_training(self):
        with pytest.raises(ValueError, match="freeze it first"):
            quicken(ConvBlock(3, 4))
