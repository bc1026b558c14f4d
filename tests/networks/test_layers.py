import torch
from torch import nn

from fice.networks.layers import ResidualBlock, freeze


class TestFreeze:
    def test_parameters_and_statistics_stay(self):
        module = freeze(nn.Sequential(nn.Conv2d(3, 4, 1), nn.BatchNorm2d(4)))
        before = {name: tensor.clone() for name, tensor in module.state_dict().items()}
        image = torch.rand(2, 3, 4, 4, requires_grad=True)
        module(image).square().sum().backward()
        assert all(p.grad is None and not p.requires_grad for p in module.parameters())
        assert image.grad is not None
        for name, tensor in module.state_dict().items():
            assert torch.equal(tensor, before[name])


class TestResidualBlock:
    def test_gradcheck(self):
        torch.manual_seed(0)
        block = freeze(ResidualBlock(2).double())
        x = torch.randn(1, 2, 3, 3, dtype=torch.float64, requires_grad=True)
        assert torch.autograd.gradcheck(block, (x,))
