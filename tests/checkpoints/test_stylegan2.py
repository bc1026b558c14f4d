"""Every format: a tiny generator is written, recognised by that format only, and read back."""

from __future__ import annotations

import io
import json
import pickle
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from fice.base.errors import CheckpointError
from fice.base.fingerprint import fingerprint_state
from fice.checkpoints import load_generator, save_generator
from fice.checkpoints.fice_generator import conv_clamp
from fice.checkpoints.reader import read_checkpoint
from fice.checkpoints.stylegan2 import FORMATS
from fice.networks.stylegan2 import Generator

DATA = Path(__file__).parent.parent / "parity" / "data"

EXPECTED = {
    "native": "native .safetensors",
    "nvidia": "NVIDIA .pkl (2-ada, stylegan3, StyleGAN-Human)",
    "fice": "FICE generator.pt",
    "rosinality": "rosinality .pt",
    "rosinality legacy": "rosinality .pt",
    "e4e": "decoder of an e4e or pSp .pt",
    "fice e4e": "decoder of an e4e or pSp .pt",
}


def _same(loaded, original, *, atol=1e-6):
    ws = torch.randn(2, original.num_ws, original.w_dim, generator=torch.Generator().manual_seed(3))
    torch.testing.assert_close(loaded.synthesize(ws), original.synthesize(ws), rtol=0, atol=atol)
    z = torch.randn(2, original.z_dim, generator=torch.Generator().manual_seed(4))
    w, expected = (g.sample_w(z, truncation_psi=0.5) for g in (loaded, original))
    torch.testing.assert_close(w, expected, rtol=0, atol=atol)


class TestContract:
    def test_every_format_is_exercised(self):
        assert {known.name for known in FORMATS} == set(EXPECTED.values())

    @pytest.mark.parametrize("name", EXPECTED)
    def test_written_recognised_by_one_format_and_read_back(
        self, name, writers, generator, tmp_path
    ):
        path = tmp_path / "weights.bin"  # the file name must not matter
        writers[name](path, generator)
        checkpoint = read_checkpoint(path)
        assert [known.name for known in FORMATS if known.detect(checkpoint)] == [EXPECTED[name]]
        loaded = load_generator(path)
        clamp = 256.0 if name == "fice e4e" else None  # its arguments are lost
        assert loaded.config == replace(generator.config, conv_clamp=clamp)
        _same(loaded, generator)

    def test_a_loaded_generator_is_frozen_and_knows_its_fingerprint(
        self, writers, generator, tmp_path
    ):
        writers["native"](tmp_path / "g", generator)
        loaded = load_generator(tmp_path / "g")
        assert not loaded.training
        assert not any(p.requires_grad for p in loaded.parameters())
        assert loaded.fingerprint == fingerprint_state(generator.state_dict())

    def test_opening_derives_nothing_yet(self, writers, generator, tmp_path):
        """What a frozen generator keeps beside its weights is two thirds of their size."""
        writers["native"](tmp_path / "g", generator)
        loaded = load_generator(tmp_path / "g")
        own = {name for name, _ in [*loaded.named_parameters(), *loaded.named_buffers()]}
        assert own == set(loaded.state_dict())

    def test_one_generator_has_one_fingerprint_in_all_formats(self, writers, generator, tmp_path):
        prints = {}
        for name in EXPECTED:
            writers[name](tmp_path / name, generator)
            prints[name] = load_generator(tmp_path / name).fingerprint
        assert len(set(prints.values())) == 1, prints


class TestNative:
    @pytest.mark.parametrize(
        "changes",
        [
            {"square": False},
            {"architecture": "resnet", "conv_clamp": 256.0},
            {"c_dim": 3, "embed_dim": 6},
            {"mapping_dim": 7, "num_mapping_layers": 3, "lr_multiplier": 0.5},
        ],
    )
    def test_keeps_every_config(self, generator, changes, tmp_path):
        original = Generator(replace(generator.config, **changes)).freeze()
        save_generator(tmp_path / "g.safetensors", original, metadata={"license": "CC0"})
        loaded = load_generator(tmp_path / "g.safetensors")
        assert loaded.config == original.config
        _same(loaded, original)

    def test_half_precision_is_close_and_keeps_w_std(self, generator, tmp_path):
        generator.mapping.w_std = torch.full((5,), 0.5)
        save_generator(tmp_path / "g.safetensors", generator, dtype=torch.float16)
        loaded = load_generator(tmp_path / "g.safetensors")
        assert torch.equal(loaded.w_std, generator.w_std)
        _same(loaded, generator, atol=0.02)

    @pytest.mark.parametrize(
        ("metadata", "message"),
        [
            ({"fice.kind": "clip"}, "is a CLIP model, not a StyleGAN2 generator"),
            ({"fice.kind": "stylegan2", "fice.config": "{"}, "fice.config"),
            ({"fice.kind": "stylegan2", "fice.config": "[]"}, "fice.config"),
            ({"fice.kind": "stylegan2", "fice.config": '{"a": 1}'}, "unknown keys"),
            ({"format": "pt"}, "is not a StyleGAN2 generator"),
        ],
    )
    def test_says_what_is_wrong(self, generator, metadata, message, tmp_path):
        state = {k: v.contiguous() for k, v in generator.state_dict().items()}
        save_file(state, tmp_path / "g.safetensors", metadata=metadata)
        with pytest.raises(CheckpointError, match=message):
            load_generator(tmp_path / "g.safetensors")

    @pytest.mark.parametrize(
        "changes",
        [
            {"num_mapping_layers": 10**9},
            {"w_dim": 10**12},
            {"w_dim": "5"},
            {"c_dim": -1},
            {"channels": {"4": 10**9, "8": 3, "16": 3}},
            {"lr_multiplier": "fast"},
            {"conv_clamp": -1},
            {"resolution": 2**40},
        ],
    )
    def test_absurd_sizes_cost_nothing(self, generator, changes, tmp_path):
        state = {k: v.contiguous() for k, v in generator.state_dict().items()}
        config = json.dumps(generator.config.to_json() | changes)
        metadata = {"fice.kind": "stylegan2", "fice.config": config}
        save_file(state, tmp_path / "g.safetensors", metadata=metadata)
        with pytest.raises(CheckpointError):
            load_generator(tmp_path / "g.safetensors")


class TestNvidia:
    @pytest.mark.parametrize("protocol", [2, 3, 4, 5])
    def test_protocols(self, writers, generator, protocol, tmp_path):
        writers["nvidia"](tmp_path / "g.pkl", generator, protocol=protocol)
        _same(load_generator(tmp_path / "g.pkl"), generator)

    @pytest.mark.usefixtures("nvidia_modules")
    @pytest.mark.parametrize("protocol", [2, 3, 4, 5])
    @pytest.mark.parametrize("name", ["sg2_32_skip_nvidia.pkl", "sghuman_64x32_rect.pkl"])
    def test_real_pickles_written_again(self, name, protocol, tmp_path):
        # Written with NumPy 2. The library reads them with any, since it imports nothing they name.
        pytest.importorskip("numpy._core", reason="this NumPy cannot write them again")
        data = pickle.loads((DATA / name).read_bytes())
        (tmp_path / name).write_bytes(pickle.dumps(data, protocol=protocol))
        again, original = load_generator(tmp_path / name), load_generator(DATA / name)
        assert again.fingerprint == original.fingerprint
        assert again.config == original.config

    def test_matches_the_state_dict_bit_for_bit(self):
        reference = load_file(DATA / "sg2_32_skip.safetensors")
        loaded = load_generator(DATA / "sg2_32_skip_nvidia.pkl").state_dict()
        assert {f"sd.{key}" for key in loaded} == {k for k in reference if k.startswith("sd.")}
        assert all(torch.equal(value, reference[f"sd.{key}"]) for key, value in loaded.items())

    @pytest.mark.parametrize("lr_multiplier", [0.5, 1])
    def test_the_clamp_and_learning_rate_are_those_of_the_layers(
        self, writers, generator, lr_multiplier, tmp_path
    ):
        config = replace(generator.config, conv_clamp=100.0, lr_multiplier=lr_multiplier)
        writers["nvidia"](tmp_path / "g.pkl", Generator(config))
        assert load_generator(tmp_path / "g.pkl").config == config

    def test_channels_last_weights_are_read_by_their_strides(self, writers, generator, tmp_path):
        generator.to(memory_format=torch.channels_last)
        assert not generator.synthesis.block(8).conv1.weight.is_contiguous()
        writers["nvidia"](tmp_path / "g.pkl", generator)
        _same(load_generator(tmp_path / "g.pkl"), generator)

    def test_alias_free_is_refused_by_name(self):
        with pytest.raises(
            CheckpointError, match=r"sg3t_64.*alias-free StyleGAN3.*--cfg=stylegan2"
        ):
            load_generator(DATA / "sg3t_64_alias_free.pkl")

    def test_tensorflow_is_refused_by_name(self, tmp_path):
        content = b"\x80\x03cdnnlib.tflib.network\nNetwork\n)\x81."
        (tmp_path / "ffhq.pkl").write_bytes(content)
        with pytest.raises(CheckpointError, match=r"TensorFlow.*legacy\.py"):
            load_generator(tmp_path / "ffhq.pkl")


class TestFice:
    @pytest.mark.parametrize(
        ("kwargs", "clamp"),
        [
            ({}, 256.0),
            ({"synthesis_kwargs": {"channel_base": 16384, "conv_clamp": 256}}, 256.0),
            ({"synthesis_kwargs": {"channel_base": 16384, "conv_clamp": None}}, None),
            ({"synthesis_kwargs": {"channel_base": 16384, "conv_clamp": 0}}, None),
            ({"synthesis_kwargs": {"channel_base": 16384}}, None),
            ({"channel_base": 16384}, 256.0),
            ({"channel_base": 16384, "conv_clamp": None}, None),
        ],
    )
    def test_clamp_by_the_conventions_of_both_repositories(self, kwargs, clamp):
        assert conv_clamp(kwargs) == clamp

    @pytest.mark.parametrize(
        ("mapping", "expected"),
        [
            ({"num_layers": 2, "lr_multiplier": 0.5}, 0.5),
            ({"lr_multiplier": 1}, 1.0),
            ({"num_layers": 2}, 0.01),
            ({"lr_multiplier": "fast"}, 0.01),
            (None, 0.01),
        ],
    )
    def test_learning_rate_multiplier_of_the_mapping(self, generator, mapping, expected, tmp_path):
        """It scales the mapping's weights, and no tensor shows it."""
        kwargs = {"mapping_kwargs": mapping, "synthesis_kwargs": {"conv_clamp": None}}
        torch.save({"G": generator.state_dict(), "G_kwargs": kwargs}, tmp_path / "g.pt")
        loaded = load_generator(tmp_path / "g.pt")
        assert loaded.config.lr_multiplier == expected
        same = Generator(replace(generator.config, lr_multiplier=expected))
        same.load_state_dict(generator.state_dict())
        z = torch.randn(2, 4, generator=torch.Generator().manual_seed(0))
        torch.testing.assert_close(loaded.sample_w(z), same.freeze().sample_w(z), rtol=0, atol=0)

    @pytest.mark.parametrize("rate", [0, -1, float("nan"), float("inf"), 1 << 100])
    def test_impossible_learning_rate_multiplier(self, generator, rate, tmp_path):
        kwargs = {"mapping_kwargs": {"lr_multiplier": rate}}
        torch.save({"G": generator.state_dict(), "G_kwargs": kwargs}, tmp_path / "g.pt")
        with pytest.raises(CheckpointError, match=r"g\.pt: .*learning rate multiplier"):
            load_generator(tmp_path / "g.pt")

    def test_reference_file(self):
        reference = json.loads((DATA / "sg2_64_skip.json").read_text())["G_kwargs"]
        config = load_generator(DATA / "generator_64_fice_format.pt").config
        assert config.conv_clamp == reference["synthesis_kwargs"]["conv_clamp"]
        assert config.num_mapping_layers == reference["mapping_kwargs"]["num_layers"]
        assert (config.z_dim, config.w_dim, config.resolution) == (64, 64, 64)


class TestRosinality:
    """Outputs of rosinality's own code on the same file."""

    @pytest.fixture
    def reference(self):
        tensors = load_file(DATA / "rosinality_64.safetensors")
        return {key.removeprefix("io."): value for key, value in tensors.items()}

    @pytest.fixture
    def loaded(self):
        return load_generator(DATA / "rosinality_64.pt")

    def test_mapping(self, loaded, reference):
        w = loaded.sample_w(reference["z"])
        torch.testing.assert_close(w, reference["w"], rtol=0, atol=1e-5)

    @pytest.mark.parametrize("noise_mode", ["const", "none"])
    def test_images(self, loaded, reference, noise_mode):
        image = loaded.synthesis(reference["wplus"], noise_mode=noise_mode)
        expected = reference[f"img_wplus_{noise_mode}"]
        torch.testing.assert_close(image, expected, rtol=0, atol=1e-4)

    def test_latent_avg_is_w_avg(self, loaded, reference):
        image = loaded.synthesis(loaded.mapping(reference["z"], truncation_psi=0.7))
        torch.testing.assert_close(image, reference["img_z_psi0.7_const"], rtol=0, atol=1e-4)

    def test_training_checkpoint_without_latent_avg(self, writers, generator, tmp_path):
        """It carries `argparse.Namespace`, and the mean of W has to be sampled."""
        from argparse import Namespace

        writers["rosinality"](tmp_path / "a.pt", generator)
        content = torch.load(tmp_path / "a.pt", weights_only=True)
        del content["latent_avg"]
        content |= {"args": Namespace(size=16, latent=5), "g_optim": {"state": {0: {"step": 1}}}}
        torch.save(content, tmp_path / "b.pt")
        loaded = load_generator(tmp_path / "b.pt")
        w = loaded.sample_w(torch.randn(50_000, 4))
        torch.testing.assert_close(loaded.w_avg, w.mean(0), rtol=0, atol=0.05)

    def test_unknown_tensors_are_named(self, writers, generator, tmp_path):
        writers["rosinality"](tmp_path / "a.pt", generator)
        content = torch.load(tmp_path / "a.pt", weights_only=True)
        content["g_ema"]["convs.0.attention.weight"] = torch.zeros(1)
        torch.save(content, tmp_path / "a.pt")
        with pytest.raises(CheckpointError, match=r"a\.pt: .*convs\.0\.attention\.weight"):
            load_generator(tmp_path / "a.pt")


class TestRefused:
    def _save(self, path, generator, **changes):
        state = {**generator.state_dict(), **changes}
        torch.save({"G": state, "G_kwargs": {}}, path)
        return path

    @pytest.mark.parametrize("value", [float("nan"), float("inf")])
    def test_not_finite(self, generator, value, tmp_path):
        weight = generator.synthesis.block(8).conv1.weight.detach().clone()
        weight[0, 0, 0, 0] = value
        path = self._save(tmp_path / "g.pt", generator, **{"synthesis.b8.conv1.weight": weight})
        with pytest.raises(
            CheckpointError, match=r"g\.pt: tensor synthesis\.b8\.conv1\.weight.*NaN"
        ):
            load_generator(path)

    def test_another_filter(self, generator, tmp_path):
        fir = {"synthesis.b8.resample_filter": torch.ones(4, 4) / 16}
        with pytest.raises(CheckpointError, match="filter"):
            load_generator(self._save(tmp_path / "g.pt", generator, **fir))

    def test_grey_images(self, generator, tmp_path):
        save_generator(
            tmp_path / "g.safetensors", Generator(replace(generator.config, img_channels=1))
        )
        with pytest.raises(CheckpointError, match="1 channels, expected RGB"):
            load_generator(tmp_path / "g.safetensors")

    def test_one_storage_for_many_tensors(self, generator, tmp_path):
        big = torch.zeros(1000, 1000)
        state = {f"mapping.fc{index}.weight": big for index in range(50)}
        with pytest.raises(CheckpointError, match="share the same data"):
            load_generator(self._save(tmp_path / "g.pt", generator, **state))

    def test_other_networks(self, tmp_path):
        torch.save({"state_dict": {"conv.weight": torch.zeros(1)}}, tmp_path / "g.pt")
        with pytest.raises(CheckpointError, match=r"g\.pt is not a StyleGAN2 generator.*It reads"):
            load_generator(tmp_path / "g.pt")

    def test_half_precision_files_become_float32(self, generator, tmp_path):
        state = {k: v.half() for k, v in generator.state_dict().items()}
        torch.save({"G": state}, tmp_path / "g.pt")
        loaded = load_generator(tmp_path / "g.pt")
        assert {t.dtype for t in loaded.state_dict().values()} == {torch.float32}

    def test_loading_in_inference_mode_gives_weights_that_can_be_differentiated_through(
        self, writers, generator, tmp_path
    ):
        for name in ("fice", "nvidia", "rosinality", "native"):
            writers[name](tmp_path / name, generator)
            with torch.inference_mode():
                loaded = load_generator(tmp_path / name)
            ws = torch.zeros(1, 6, 5, requires_grad=True)
            loaded.synthesize(ws).sum().backward()
            assert ws.grad is not None


def test_bytes_io_of_torch_is_what_the_writers_write(generator, legacy_bytes):
    assert torch.equal(
        torch.load(io.BytesIO(legacy_bytes(generator.w_avg)), weights_only=True), generator.w_avg
    )
