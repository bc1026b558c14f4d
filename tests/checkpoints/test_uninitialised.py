import pytest
import torch
from torch import nn

from fice.checkpoints.uninitialised import Uninitialised


@pytest.mark.parametrize(
    "build",
    [
        lambda: nn.Conv2d(3, 4, 3),
        lambda: nn.MultiheadAttention(8, 2),  # Xavier, which torch does not announce
        lambda: nn.Embedding(3, 4),
    ],
)
def test_no_random_weights_are_drawn(build):
    before = torch.get_rng_state()
    with Uninitialised():
        layer = build()
    assert torch.equal(torch.get_rng_state(), before)
    assert layer.state_dict().keys() == build().state_dict().keys()


def test_ends_with_the_context():
    with Uninitialised():
        pass
    before = torch.get_rng_state()
    nn.Linear(3, 4)
    assert not torch.equal(torch.get_rng_state(), before)
