from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from fice.base.errors import CheckpointError
from fice.base.fingerprint import fingerprint_state
from fice.checkpoints import load_clip
from fice.checkpoints.clip_names import activations, names_that_fit, open_clip_config
from fice.checkpoints.convert import convert
from fice.networks.perceptors.clip import OpenClip
from fice.networks.perceptors.clip_model import OPENAI_MEAN

TINY = {
    "embed_dim": 8,
    "vision_cfg": {"image_size": 32, "layers": [1, 1, 1, 1], "width": 4},
    "text_cfg": {"context_length": 8, "vocab_size": 50, "width": 64, "heads": 1, "layers": 1},
}
ARCHIVE = Path(__file__).parents[1] / "parity" / "data" / "clip_tiny_torchscript.pt"


class TestOpenAIArchive:
    def test_values_are_those_of_the_archive(self):
        """Half-precision values, computed with in single precision."""
        guide = load_clip(ARCHIVE)
        assert guide.config.quick_gelu
        assert all(p.dtype == torch.float32 for p in guide.parameters())
        weight = guide.model.get_parameter("visual.conv1.weight")
        assert torch.equal(weight, weight.half().float())

    def test_guides(self):
        guide = load_clip(ARCHIVE)
        image = torch.rand(2, 3, 64, 64, requires_grad=True)
        features = guide.encode_image(image)
        features[:, 0].sum().backward()
        torch.testing.assert_close(features.norm(dim=1), torch.ones(2))
        assert image.grad.abs().sum() > 0
        assert all(not p.requires_grad for p in guide.parameters())

    def test_fingerprint_is_that_of_the_weights(self):
        guide = load_clip(ARCHIVE)
        assert guide.fingerprint == fingerprint_state(guide.model.state_dict())

    def test_state_dict_taken_from_the_archive(self, tmp_path):
        """It still carries three integers that tell where it is from."""
        guide = load_clip(ARCHIVE)
        facts = {
            "input_resolution": torch.tensor(32),
            "context_length": torch.tensor(77),
            "vocab_size": torch.tensor(300),
        }
        save_file({**guide.model.state_dict(), **facts}, tmp_path / "a.safetensors")
        assert load_clip(tmp_path / "a.safetensors").config == guide.config


class TestOpenClipWeights:
    """A small architecture under a name that is added to open_clip's list."""

    @pytest.fixture
    def saved(self, monkeypatch, tmp_path):
        import open_clip

        monkeypatch.setattr(open_clip, "list_models", lambda: ["tiny"])
        monkeypatch.setattr(open_clip, "get_model_config", {"tiny": TINY}.get)
        torch.manual_seed(0)
        state = OpenClip(open_clip_config("tiny")).model.state_dict()
        return state, tmp_path

    @pytest.mark.parametrize("prefix", ["", "module."])
    def test_training_checkpoint(self, saved, prefix):
        state, folder = saved
        wrapped = {"epoch": 3, "state_dict": {f"{prefix}{k}": v for k, v in state.items()}}
        torch.save(wrapped, folder / "a.pt")
        guide = load_clip(folder / "a.pt", "tiny")
        assert all(torch.equal(v, state[k]) for k, v in guide.model.state_dict().items())

    def test_safetensors(self, saved):
        state, folder = saved
        save_file(state, folder / "a.safetensors")
        assert load_clip(folder / "a.safetensors", "tiny").config.image_size == (32, 32)

    def test_name_is_needed(self, saved):
        state, folder = saved
        save_file(state, folder / "a.safetensors")
        with pytest.raises(CheckpointError, match="Give open_clip's name of it"):
            load_clip(folder / "a.safetensors")

    def test_name_of_another_model(self, saved):
        state, folder = saved
        save_file({**state, "logit_scale": torch.zeros(2)}, folder / "a.safetensors")
        with pytest.raises(CheckpointError, match="logit_scale has shape"):
            load_clip(folder / "a.safetensors", "tiny")


class TestOpenClipConfig:
    def test_known(self):
        config = open_clip_config("ViT-B-32-quickgelu")
        assert config.quick_gelu
        assert config.image_size == (224, 224)
        assert config.image_mean == OPENAI_MEAN

    def test_normalisation_of_its_weights(self, monkeypatch):
        import open_clip

        halves = {"mean": (0.5, 0.5, 0.5), "std": (0.5, 0.5, 0.5)}
        monkeypatch.setattr(open_clip, "list_pretrained_tags_by_model", lambda _: ["some"])
        monkeypatch.setattr(open_clip, "get_pretrained_cfg", lambda *_: halves)
        assert open_clip_config("ViT-B-32").image_mean == (0.5, 0.5, 0.5)

    @pytest.mark.parametrize(
        ("name", "reason"),
        [
            ("ViT-Z-99", "no model 'ViT-Z-99'"),
            ("roberta-ViT-B-32", "from a hub"),
            ("coca_ViT-B-32", "multimodal_cfg"),
        ],
    )
    def test_unsupported(self, name, reason):
        with pytest.raises(CheckpointError, match=reason):
            open_clip_config(name)


def test_no_clip(tmp_path):
    save_file({"x": torch.zeros(1)}, tmp_path / "a.safetensors")
    with pytest.raises(CheckpointError, match=r"a\.safetensors is not a CLIP model"):
        load_clip(tmp_path / "a.safetensors")


def saved_tiny(path, monkeypatch, *, names, tags, dtype=None):
    """Weights of a small architecture that open_clip lists as `names`, published as `tags`."""
    import open_clip

    configs = {name: {**TINY, "quick_gelu": name.endswith("-quickgelu")} for name in names}
    monkeypatch.setattr(open_clip, "list_models", lambda: list(names))
    monkeypatch.setattr(open_clip, "get_model_config", configs.get)
    monkeypatch.setattr(open_clip, "list_pretrained_tags_by_model", lambda _: list(tags))
    monkeypatch.setattr(open_clip, "get_pretrained_cfg", lambda _, tag: tags[tag])
    torch.manual_seed(0)
    state = OpenClip(open_clip_config(names[0])).model.state_dict()
    torch.save({key: dtype(key, value) if dtype else value for key, value in state.items()}, path)
    return path


QUICK, PLAIN = {"quick_gelu": True}, {}
BOTH = ("tiny", "tiny-quickgelu")


class TestActivation:
    """What the file, or all that was ever published of its shapes, decides nobody has to say."""

    @pytest.mark.parametrize("given", [None, "tiny", "tiny-quickgelu"])
    def test_all_published_weights_agree(self, tmp_path, monkeypatch, given):
        """As of RN50x4, of which there are OpenAI's only."""
        path = saved_tiny(tmp_path / "a.pt", monkeypatch, names=BOTH, tags={"openai": QUICK})
        assert load_clip(path, given).config.quick_gelu

    def test_none_is_quick(self, tmp_path, monkeypatch):
        path = saved_tiny(tmp_path / "a.pt", monkeypatch, names=["tiny"], tags={"laion": PLAIN})
        assert not load_clip(path).config.quick_gelu

    @pytest.mark.parametrize("given", [None, "tiny"])
    @pytest.mark.parametrize("single", [False, True])
    def test_openai_values(self, tmp_path, monkeypatch, given, single):
        """Matrices in half precision, the rest not: also after a conversion to float32."""

        def dtype(key, value):
            halved = value.ndim > 1 and "embedding" not in key
            return (value.half().float() if single else value.half()) if halved else value

        tags = {"openai": QUICK, "laion": PLAIN}
        path = saved_tiny(tmp_path / "a.pt", monkeypatch, names=BOTH, tags=tags, dtype=dtype)
        assert load_clip(path, given).config.quick_gelu

    @pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16])
    def test_weights_that_do_not_tell(self, tmp_path, monkeypatch, dtype):
        path = saved_tiny(
            tmp_path / "a.pt",
            monkeypatch,
            names=BOTH,
            tags={"openai": QUICK, "laion": PLAIN},
            dtype=lambda _, value: value.to(dtype) if value.is_floating_point() else value,
        )
        with pytest.raises(CheckpointError, match=r"may be tiny or tiny-quickgelu.*fice convert"):
            load_clip(path)
        assert not load_clip(path, "tiny").config.quick_gelu
        assert load_clip(path, "tiny-quickgelu").config.quick_gelu

    def test_own_training_is_what_its_name_says(self, tmp_path, monkeypatch):
        path = saved_tiny(tmp_path / "a.pt", monkeypatch, names=BOTH, tags={"openai": QUICK})
        torch.save({"epoch": 3, "state_dict": torch.load(path)}, path)
        assert not load_clip(path, "tiny").config.quick_gelu
        with pytest.raises(CheckpointError, match="may be tiny or tiny-quickgelu"):
            load_clip(path)

    def test_converted_under_the_name_that_was_found(self, tmp_path, monkeypatch):
        path = saved_tiny(tmp_path / "a.pt", monkeypatch, names=["tiny"], tags={"laion": PLAIN})
        assert convert(path, tmp_path / "b.safetensors").architecture == "CLIP tiny"
        assert load_clip(tmp_path / "b.safetensors").config == load_clip(path).config

    def test_openclip_knows_rn50x4_as_quick_only(self):
        """Also by open_clip 2.24, whose weights do not tell."""
        assert activations(["RN50x4", "RN50x4-quickgelu"]) == {True}
        assert activations(["ViT-B-32", "ViT-B-32-quickgelu"]) == {True, False}

    def test_names_tell_it_where_an_old_openclip_does_not(self, monkeypatch):
        import open_clip

        tags = {"RN50x4": ["openai"], "RN50": ["cc12m"], "RN50-quickgelu": ["cc12m"]}
        monkeypatch.setattr(open_clip, "list_pretrained_tags_by_model", tags.get)
        monkeypatch.setattr(open_clip, "get_pretrained_cfg", lambda *_: {"url": ""})
        assert [activations([name]) for name in tags] == [{True}, {False}, {True}]


class TestNameOfOtherShapes:
    def test_says_which_it_is(self):
        layout = open_clip_config("ViT-B-32")
        assert names_that_fit(layout) == ["ViT-B-32", "ViT-B-32-quickgelu"]

    @pytest.mark.parametrize("name", ["ViT-H-14", "RN50"])
    def test_refused_in_words(self, tmp_path, monkeypatch, name):
        import open_clip

        real = {key: open_clip.get_model_config(key) for key in ("ViT-H-14", "RN50")}
        path = saved_tiny(tmp_path / "a.pt", monkeypatch, names=["tiny"], tags={"x": PLAIN})
        monkeypatch.setattr(open_clip, "list_models", lambda: ["tiny", *real])
        monkeypatch.setattr(open_clip, "get_model_config", {"tiny": TINY, **real}.get)
        with pytest.raises(CheckpointError, match=rf"a\.pt is not {name}: .* shapes of tiny\."):
            load_clip(path, name)

    def test_archive_with_the_name_of_another(self):
        with pytest.raises(CheckpointError, match="no model 'ViT-Z'"):
            load_clip(ARCHIVE, "ViT-Z")
