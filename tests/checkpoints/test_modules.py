"""Every native kind survives a round trip through a file, and bad files are named."""

import json
from dataclasses import replace

import pytest
import torch

from fice.base.errors import CheckpointError
from fice.base.fingerprint import fingerprint_state
from fice.checkpoints import load_chart, load_clip, load_encoder, load_segmenter, save_module
from fice.checkpoints.native import save_native
from fice.networks.encoders.compact import CompactEncoder, CompactEncoderConfig
from fice.networks.perceptors.clip import OpenClip
from fice.networks.perceptors.clip_model import ClipConfig
from fice.networks.perceptors.clip_tokens import END_TOKEN, START_TOKEN
from fice.networks.perceptors.compact_chart import CompactChart, CompactChartConfig
from fice.networks.perceptors.compact_regions import CompactRegions, CompactRegionsConfig

CLIP = ClipConfig(
    embed_dim=8,
    vision_cfg={"image_size": 32, "layers": (1, 1, 1, 1), "width": 4},
    text_cfg={"context_length": 8, "vocab_size": 5, "width": 16, "heads": 2, "layers": 1},
    vocabulary=(320, 736, 2523, START_TOKEN, END_TOKEN),
)
ENCODER = CompactEncoderConfig(
    num_ws=4, w_dim=6, image_size=(16, 16), widths=(4, 6), hidden=8, generator_fingerprint="ab"
)
KINDS = {
    "compact_chart": (CompactChart, CompactChartConfig((4, 6)), load_chart),
    "compact_regions": (CompactRegions, CompactRegionsConfig((4, 6)), load_segmenter),
    "compact_encoder": (CompactEncoder, ENCODER, load_encoder),
    "clip": (OpenClip, CLIP, load_clip),
}


@pytest.fixture(params=KINDS)
def kind(request):
    return request.param


@pytest.fixture
def module(kind):
    torch.manual_seed(0)
    network, config, _ = KINDS[kind]
    return network(config)


def load(kind, path):
    return KINDS[kind][2](path)


class TestRoundTrip:
    def test_same_network(self, kind, module, tmp_path):
        save_module(tmp_path / "a.safetensors", kind, module)
        loaded = load(kind, tmp_path / "a.safetensors")
        assert type(loaded) is type(module)
        assert json.dumps(vars(loaded.config)) == json.dumps(vars(module.config))
        state = module.state_dict()
        assert loaded.state_dict().keys() == state.keys()
        assert all(torch.equal(value, state[key]) for key, value in loaded.state_dict().items())

    def test_loaded_network_is_frozen(self, kind, module, tmp_path):
        save_module(tmp_path / "a.safetensors", kind, module)
        loaded = load(kind, tmp_path / "a.safetensors")
        assert not loaded.training
        assert not any(p.requires_grad for p in loaded.parameters())

    def test_half_precision(self, kind, module, tmp_path):
        save_module(tmp_path / "a.safetensors", kind, module, dtype=torch.float16)
        loaded = load(kind, tmp_path / "a.safetensors")
        assert all(p.dtype == torch.float32 for p in loaded.parameters())
        for name, value in module.named_parameters():
            torch.testing.assert_close(loaded.get_parameter(name), value.half().float())


class TestBadFiles:
    def test_missing(self, kind, tmp_path):
        with pytest.raises(CheckpointError, match=r"no weight file none\.safetensors"):
            load(kind, tmp_path / "none.safetensors")

    def test_other_kind(self, kind, tmp_path):
        save_native(tmp_path / "a.safetensors", "stylegan2", {}, {"x": torch.zeros(1)})
        with pytest.raises(CheckpointError, match="stylegan2"):
            load(kind, tmp_path / "a.safetensors")

    def test_unknown_config(self, kind, tmp_path):
        save_native(tmp_path / "a.safetensors", kind, {"colour": 1}, {"x": torch.zeros(1)})
        with pytest.raises(CheckpointError, match="does not fit this version"):
            load(kind, tmp_path / "a.safetensors")

    def test_missing_tensor(self, kind, module, tmp_path):
        state = module.state_dict()
        lost = next(iter(state))
        del state[lost]
        save_native(tmp_path / "a.safetensors", kind, _config(module), state)
        with pytest.raises(CheckpointError, match=f"1 tensors are missing .*{lost}"):
            load(kind, tmp_path / "a.safetensors")

    def test_wrong_shape(self, kind, module, tmp_path):
        state = module.state_dict()
        key = next(key for key, value in state.items() if value.ndim)
        state[key] = torch.zeros(1, 1)
        save_native(tmp_path / "a.safetensors", kind, _config(module), state)
        with pytest.raises(CheckpointError, match=rf"{key} has shape \[1, 1\]"):
            load(kind, tmp_path / "a.safetensors")


class TestClip:
    def test_fingerprint(self, tmp_path):
        torch.manual_seed(0)
        guide = OpenClip(CLIP)
        save_module(tmp_path / "a.safetensors", "clip", guide)
        expected = fingerprint_state(guide.model.state_dict())  # as of any other format
        assert load_clip(tmp_path / "a.safetensors").fingerprint == expected

    def test_contradicting_config(self, tmp_path):
        guide = OpenClip(CLIP)
        config = _config(guide) | {"vocabulary": [1, 2]}
        save_native(tmp_path / "a.safetensors", "clip", config, guide.state_dict())
        with pytest.raises(CheckpointError, match="lists 2 tokens, its table has 5"):
            load_clip(tmp_path / "a.safetensors")

    def test_full_vocabulary(self, tmp_path):
        config = replace(CLIP, text_cfg={**CLIP.text_cfg, "vocab_size": 49408}, vocabulary=None)
        save_module(tmp_path / "a.safetensors", "clip", OpenClip(config))
        guide = load_clip(tmp_path / "a.safetensors")
        assert guide.ignored_words("a velvet dress") == ()
        assert guide.encode_text(["a velvet dress"]).shape == (1, 8)


def _config(module):
    return json.loads(json.dumps(vars(module.config)))
