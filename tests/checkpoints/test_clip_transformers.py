"""CLIP files in the layout of transformers that lack something, or say something odd of themselves.

That the numbers are right is shown in `tests/parity/test_clip_transformers.py`.
"""

import json

import pytest
import torch
import transformers
from safetensors.torch import load_file, save_file

from fice.base.errors import CheckpointError
from fice.checkpoints import load_clip
from fice.checkpoints.convert import convert
from fice.checkpoints.safetensors_file import read_metadata

SMALL = {"hidden_size": 64, "intermediate_size": 256, "num_hidden_layers": 1}
TEXT = {**SMALL, "num_attention_heads": 1, "vocab_size": 60}
IMAGE = {**SMALL, "num_attention_heads": 1, "image_size": 16, "patch_size": 8}
CONFIG = {"text_config": TEXT, "vision_config": IMAGE, "projection_dim": 8}


@pytest.fixture
def folder(tmp_path):
    torch.manual_seed(0)
    config = transformers.CLIPConfig(**CONFIG)
    transformers.CLIPModel(config).save_pretrained(tmp_path)
    return tmp_path


@pytest.fixture
def rewrite(folder):
    """Saves the tensors that `change` makes of those in the folder, without their description."""

    def rewrite(change):
        (folder / "config.json").unlink(missing_ok=True)
        state = change(load_file(folder / "model.safetensors"))
        save_file(state, folder / "model.safetensors")
        return folder / "model.safetensors"

    return rewrite


def half(state, *starts):
    return {key: value for key, value in state.items() if key.startswith(starts)}


class TestHalves:
    @pytest.mark.parametrize(
        ("starts", "what", "lacking"),
        [
            (("vis",), "is the image half of a CLIP model", "its text half"),
            (("text",), "is the text half of a CLIP model", "its image half"),
            (
                ("vision_model", "text"),
                "is a CLIP model in the layout of transformers",
                r"the projection of its image half \(visual_projection.weight\)",
            ),
            (
                ("text_model",),
                "is the text half of a CLIP model",
                "its image half and the projection of its text half",
            ),
        ],
    )
    def test_says_what_is_missing(self, rewrite, starts, what, lacking):
        path = rewrite(lambda state: half(state, *starts))
        match = rf"^model\.safetensors {what}, but as a guide it lacks {lacking}.*fice convert"
        with pytest.raises(CheckpointError, match=match):
            load_clip(path)
        with pytest.raises(CheckpointError, match=match):
            convert(path, path.with_name("out.safetensors"))

    def test_of_two_models(self, folder):
        state = load_file(folder / "model.safetensors")
        (folder / "model.safetensors").unlink()
        image = half(state, "vis")
        image["visual_projection.weight"] = torch.zeros(12, 64)
        save_file(image, folder / "a.safetensors")
        save_file(half(state, "text"), folder / "b.safetensors")
        with pytest.raises(CheckpointError, match="gives 12 numbers and the text half 8"):
            load_clip(folder)

    @pytest.mark.parametrize("starts", [("vis", "text"), ("vis",)])
    def test_files_that_are_no_pair(self, folder, starts):
        state = load_file(folder / "model.safetensors")
        (folder / "model.safetensors").unlink()
        save_file(half(state, *starts), folder / "a.safetensors")
        save_file(half(state, *starts), folder / "b.safetensors")
        with pytest.raises(CheckpointError, match=r"Give a file in it: a\.safetensors, b\.safet"):
            load_clip(folder)

    def test_source_of_a_pair_is_two_files(self, folder):
        state = load_file(folder / "model.safetensors")
        (folder / "model.safetensors").unlink()
        save_file(half(state, "vis"), folder / "a.safetensors")
        save_file(half(state, "text"), folder / "b.safetensors")
        target = folder / "out" / "clip.safetensors"
        convert(folder, target)
        assert read_metadata(target)["source_file"] == "a.safetensors + b.safetensors"


class TestDescription:
    def describe(self, folder, part=None, **changes):
        config = json.loads((folder / "config.json").read_text())
        (config[part] if part else config).update(changes)
        (folder / "config.json").write_text(json.dumps(config))

    @pytest.mark.parametrize(
        ("changes", "reason"),
        [
            ({"hidden_act": "relu"}, "hidden_act is none of quick_gelu, gelu"),
            ({"hidden_act": ["gelu"]}, "hidden_act is none of"),
            ({"hidden_act": "gelu"}, "another activation in either half"),
            ({"layer_norm_eps": 1e-6}, "layer_norm_eps is 1e-06, expected 1e-05"),
            ({"num_attention_heads": 5}, "5 heads do not divide a width of 64"),
            ({"num_attention_heads": 0}, "num_attention_heads is 0"),
            ({"num_attention_heads": "2"}, "num_attention_heads is '2'"),
        ],
    )
    @pytest.mark.parametrize("part", ["text_config", "vision_config"])
    def test_refused(self, folder, part, changes, reason):
        self.describe(folder, part, **changes)
        with pytest.raises(CheckpointError, match=reason) as error:
            load_clip(folder)
        assert "\n" not in str(error.value)

    def test_said_twice(self, folder):
        """As old files do; the second counts."""
        self.describe(folder, text_config_dict={"hidden_act": "gelu"})
        self.describe(folder, vision_config_dict={"hidden_act": "gelu"})
        assert not load_clip(folder).config.quick_gelu

    def test_what_transformers_leaves_out(self, folder):
        self.describe(folder, text_config={"hidden_size": 64}, vision_config={"hidden_size": 64})
        with pytest.raises(CheckpointError, match="12 heads do not divide a width of 64"):
            load_clip(folder)

    def test_colours(self, folder):
        processor = {"image_mean": [0.5, 0.25, 0.5], "image_std": [0.25] * 3}
        (folder / "preprocessor_config.json").write_text(json.dumps(processor))
        assert load_clip(folder).config.image_mean == (0.5, 0.25, 0.5)

    @pytest.mark.parametrize(
        "text", ['{"model_type": "segformer"}', "{", '{"model_type": "clip"}', None]
    )
    def test_of_something_else(self, folder, text):
        """A folder of many files has many descriptions' worth of neighbours."""
        if text == '{"model_type": "clip"}':
            self.describe(folder, "vision_config", hidden_size=128)
        elif text is None:
            (folder / "config.json").unlink()
        else:
            (folder / "config.json").write_text(text)
        with pytest.raises(CheckpointError, match="does not say which CLIP model it is"):
            load_clip(folder / "model.safetensors")


class TestDamage:
    @pytest.mark.parametrize(
        "name",
        [
            "text_model.encoder.layers.0.self_attn.k_proj.weight",
            "vision_model.embeddings.patch_embedding.weight",
            "vision_model.encoder.layers.0.layer_norm1.weight",
            "text_model.embeddings.position_embedding.weight",
        ],
    )
    @pytest.mark.parametrize("described", [True, False])
    def test_tensor_missing_or_of_another_shape(self, folder, name, described):
        path = folder / "model.safetensors"
        if not described:
            (folder / "config.json").unlink()
        state = load_file(path)
        for broken in (None, torch.zeros(3), torch.zeros(())):
            parts = {key: value for key, value in state.items() if key != name}
            save_file(parts if broken is None else {**parts, name: broken}, path)
            with pytest.raises(CheckpointError) as error:
                load_clip(path)
            assert "\n" not in str(error.value)

    def test_unknown_tensor(self, folder):
        path = folder / "model.safetensors"
        save_file({**load_file(path), "text_model.adapter.weight": torch.zeros(2)}, path)
        with pytest.raises(CheckpointError, match=r"1 tensors are unknown \(text_model.adapter"):
            load_clip(path)
