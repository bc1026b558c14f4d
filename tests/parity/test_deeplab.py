"""The full-size segmenter against FICE's (data/seg_and_clip_full.json)."""

import json
from pathlib import Path

import pytest
import torch

from fice.layers import freeze
from fice.perceptors.deeplab import DeepLab

KEYS = Path(__file__).parent / "data" / "segmentator_state.json"
RELATIVE = 1e-4

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def network(recipe):
    shapes = {
        key: size for key, (size, _) in json.loads(KEYS.read_text()).items() if key != "loss.weight"
    }
    network = DeepLab()
    network.load_state_dict(recipe.recipe_state(shapes, "fice_seg"))
    return freeze(network)


def test_outputs_and_gradient(network, recipe, read_case, relative_error):
    _, expected = read_case("seg_and_clip_full")
    image = recipe.recipe_image("seg", (1, 3, 256, 256)).requires_grad_()
    regions = network(image)
    probe = torch.randn(1, 1, 256, 256, generator=torch.Generator().manual_seed(5))
    (regions.head * probe).sum().backward()
    actual = {
        "seg_logits": network.logits(image).detach(),
        "seg_body": regions.body.detach(),
        "seg_head": regions.head.detach(),
        "seg_grad": image.grad,
    }
    errors = {
        name: relative_error(value[..., ::4, ::4], expected[name], name)
        for name, value in actual.items()
    }
    assert max(errors.values()) < RELATIVE, errors
    assert regions.garment is regions.body
