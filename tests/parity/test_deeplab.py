"""The full-size segmenter against FICE's (data/seg_and_clip_full.json)."""

import copy
import json
from pathlib import Path

import pytest
import torch

from fice.networks.layers import freeze
from fice.networks.perceptors.deeplab import DeepLab

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


@torch.no_grad()
def test_outputs(network, recipe, read_case, relative_error):
    _, expected = read_case("seg_and_clip_full")
    image = recipe.recipe_image("seg", (1, 3, 256, 256))
    regions = network(image)
    actual = {
        "seg_logits": network.logits(image),
        "seg_body": regions.body,
        "seg_head": regions.head,
    }
    errors = {
        name: relative_error(value[..., ::4, ::4], expected[name], name)
        for name, value in actual.items()
    }
    assert max(errors.values()) < RELATIVE, errors
    assert regions.garment is regions.body


def test_gradient(network, recipe, read_case, check_deep_gradient):
    _, expected = read_case("seg_and_clip_full")
    image = recipe.recipe_image("seg", (1, 3, 256, 256)).double().requires_grad_()
    probe = torch.randn(1, 1, 256, 256, generator=torch.Generator().manual_seed(5))
    (copy.deepcopy(network).double()(image).head * probe).sum().backward()
    check_deep_gradient(image.grad[..., ::4, ::4], expected["seg_grad"])
