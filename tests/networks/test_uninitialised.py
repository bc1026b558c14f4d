import subprocess
import sys

import pytest
import torch
from torch import nn

from fice.networks.uninitialised import Uninitialised


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


def test_a_generator_loads_without_torchs_compiler():
    """It takes a second and a half to import, and only tensors without values ask for it."""
    code = (
        "import sys; from fice.checkpoints import load_generator; "
        "from fice.pipeline.model_files import DEMO_WEIGHTS; "
        "load_generator(DEMO_WEIGHTS / 'generator.safetensors').freeze(); "
        "print('torch._dynamo' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_new_tensors_are_counted():
    sizes = []
    with Uninitialised(sizes.append):
        torch.randn(3, 4)
        torch.zeros(5, dtype=torch.uint8)
    assert sizes == [48, 5]
