"""CLIP against OpenAI's: tiny models (losses.json) and RN50x4 (seg_and_clip_full.json in data/)."""

import copy
import json
from pathlib import Path

import pytest
import torch

from fice.checkpoints.clip_layout import openai_clip_config
from fice.networks.layers import freeze
from fice.networks.perceptors.clip import OpenClip

KEYS = Path(__file__).parent / "data" / "clip_rn50x4.json"
RELATIVE = 1e-4


def make_guide(state):
    guide = OpenClip(openai_clip_config(state))
    guide.model.load_state_dict(state)
    return freeze(guide)


def clip_loss(image_features, text_features):
    return (1 - (image_features * text_features).sum(1)).sum()


class TestTiny:
    """`clip_rn` enlarges 64 px to 96 bilinearly, `clip_vit` reduces 64 px to 32 by area."""

    @pytest.fixture(params=["clip_rn", "clip_vit"])
    def name(self, request):
        return request.param

    def test_architecture_is_read_from_the_shapes(self, name, read_case):
        facts, tensors = read_case("losses")
        wanted = facts[f"{name}_kwargs"]
        config = openai_clip_config(part(tensors, f"{name}.sd."))
        layers, patch = wanted["vision_layers"], wanted["vision_patch_size"]
        assert config.embed_dim == wanted["embed_dim"]
        assert config.image_size == (wanted["image_resolution"],) * 2
        assert config.vision_cfg["layers"] == (layers if patch else tuple(layers))
        assert config.vision_cfg["width"] == wanted["vision_width"]
        assert config.vision_cfg.get("patch_size") == patch
        assert config.text_cfg["heads"] == wanted["transformer_heads"]
        assert config.text_cfg["layers"] == wanted["transformer_layers"]

    def test_features_loss_and_gradient(self, name, read_case, relative_error):
        facts, tensors = read_case("losses")
        guide = make_guide(part(tensors, f"{name}.sd."))
        image = tensors[f"{name}.in.image"].requires_grad_()
        seen = guide.encode_image(image)
        said = guide.encode_tokens(tensors["tokens"])
        loss = clip_loss(seen, said)
        loss.backward()
        assert loss.item() == pytest.approx(facts["values"][name], rel=RELATIVE)
        assert relative_error(image.grad, tensors[f"{name}.grad.image"], "gradient") < RELATIVE
        for actual, kind in ((seen, "image"), (said, "text")):
            expected = tensors[f"{name}.{kind}_feats"]
            unit = expected / expected.norm(dim=-1, keepdim=True)
            assert relative_error(actual.detach(), unit, kind) < RELATIVE


@pytest.mark.slow
class TestRN50x4:
    @pytest.fixture(scope="class")
    def guide(self, recipe):
        shapes = {key: size for key, (size, _) in json.loads(KEYS.read_text()).items()}
        return make_guide(recipe.recipe_state(shapes, "fice_clip"))

    def test_architecture_is_read_from_the_shapes(self, guide):
        assert guide.config.vision_cfg["layers"] == (4, 6, 10, 6)

    @torch.no_grad()
    def test_features_and_loss(self, guide, recipe, read_case, relative_error):
        facts, expected = read_case("seg_and_clip_full")
        seen = guide.encode_image(recipe.recipe_image("clip", (2, 3, 256, 256)))
        said = guide.encode_tokens(expected["clip_tokens"])
        larger = guide.encode_image(recipe.recipe_image("clip512", (1, 3, 512, 512)))
        errors = {
            "image": relative_error(seen, expected["clip_image"], "image"),
            "text": relative_error(said, expected["clip_text"], "text"),
            "larger image": relative_error(larger, expected["clip_image_from_512"], "larger"),
            "loss": abs(clip_loss(seen, said).item() / facts["clip_loss"] - 1),
        }
        assert max(errors.values()) < RELATIVE, errors

    def test_gradient(self, guide, recipe, read_case, check_deep_gradient):
        _, expected = read_case("seg_and_clip_full")
        guide = copy.deepcopy(guide).double()
        image = recipe.recipe_image("clip", (2, 3, 256, 256)).double().requires_grad_()
        said = guide.encode_tokens(expected["clip_tokens"])
        clip_loss(guide.encode_image(image), said).backward()
        check_deep_gradient(image.grad[..., ::8, ::8], expected["clip_grad"])


def part(tensors, prefix):
    return {
        key.removeprefix(prefix): value for key, value in tensors.items() if key.startswith(prefix)
    }
