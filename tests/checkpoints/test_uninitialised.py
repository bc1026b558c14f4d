import torch
from torch import nn

from fice.checkpoints.uninitialised import Uninitialised


def test_no_random_weights_are_drawn():
    before = torch.get_rng_state()
    with Uninitialised():
        layer = nn.Conv2d(3, 4, 3)
    assert torch.equal(torch.get_rng_state(), before)
    assert layer.weight.shape == (4, 3, 3, 3)


def test_ends_with_the_context():
    with Uninitialised():
        pass
    before = torch.get_rng_state()
    nn.Linear(3, 4)
    assert not torch.equal(torch.get_rng_state(), before)
