from __future__ import annotations

import copy
import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from fice.base.errors import CheckpointError, FrozenError
from fice.base.types import Synthesizer
from fice.networks.stylegan2 import (
    FrozenGenerator,
    Generator,
    GeneratorConfig,
    config_from_state,
    generator_from_state,
    latent_statistics,
)

DATA = Path(__file__).parents[2] / "parity" / "data"
CONFIG = GeneratorConfig(z_dim=5, w_dim=4, resolution=16, channels={4: 6, 8: 4, 16: 3})


def _generator(config=CONFIG):
    torch.manual_seed(0)
    return Generator(config, fingerprint="abc").freeze()


class _ConvolutionGradients(TorchDispatchMode):
    """Records which gradients each convolution's backward pass is asked for."""

    def __init__(self):
        super().__init__()
        self.masks = []

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        if func is torch.ops.aten.convolution_backward.default:
            self.masks.append(tuple(args[10]))
        return func(*args, **(kwargs or {}))


class TestSynthesizer:
    def test_offers_all_that_the_inversion_knows(self):
        generator: Synthesizer = _generator()
        assert (generator.num_ws, generator.w_dim, generator.z_dim) == (6, 4, 5)
        assert generator.resolution == (16, 16)
        assert generator.fingerprint == "abc"
        assert generator.w_avg.shape == generator.w_std.shape == (4,)

    def test_synthesize_is_the_const_noise_image_moved_to_0_1(self):
        generator, ws = _generator(), torch.randn(2, 6, 4)
        expected = generator.synthesis(ws, noise_mode="const") * 0.5 + 0.5
        assert torch.equal(generator.synthesize(ws), expected)

    def test_sample_w_truncates_towards_w_avg(self):
        generator, z = _generator(), torch.randn(2, 5)
        generator.mapping.w_avg.fill_(3.0)
        assert torch.equal(generator.sample_w(z), generator.mapping.to_w(z))
        w = 3 + 0.5 * (generator.sample_w(z) - 3)
        torch.testing.assert_close(generator.sample_w(z, truncation_psi=0.5), w)

    def test_dtype_of_the_features_is_a_choice(self):
        generator, ws = _generator(), torch.randn(1, 6, 4)
        exact = generator.synthesize(ws)
        generator.dtype = torch.bfloat16
        image = generator.synthesize(ws)
        assert image.dtype == torch.float32
        assert 0 < (image - exact).abs().max() < 0.1


class TestStatistics:
    def test_w_std_is_that_of_many_samples_and_the_same_each_time(self):
        generator = _generator()
        w = generator.sample_w(torch.randn(20_000, 5, generator=torch.Generator().manual_seed(7)))
        torch.testing.assert_close(generator.w_std, w.std(0), rtol=0.05, atol=0)
        assert torch.equal(generator.w_std, _generator().w_std)
        torch.testing.assert_close(
            latent_statistics(generator.mapping)[0], w.mean(0), rtol=0, atol=0.05
        )

    def test_w_std_of_the_checkpoint_is_preferred(self):
        state = _generator().state_dict() | {"mapping.w_std": torch.full((4,), 0.25)}
        generator = generator_from_state(state, CONFIG)
        assert torch.equal(generator.w_std, torch.full((4,), 0.25))
        assert "mapping.w_std" in generator.state_dict()

    def test_w_std_first_asked_for_in_inference_mode_can_be_used_in_a_graph(self):
        generator = _generator()
        with torch.inference_mode():
            generator.w_std  # noqa: B018
        w = torch.zeros(4, requires_grad=True)
        (w * generator.w_std).sum().backward()
        assert w.grad is not None


class TestFrozen:
    def test_no_weight_gradient_is_computed(self):
        generator = _generator()
        ws = torch.randn(2, 6, 4, requires_grad=True)
        with _ConvolutionGradients() as recorded:
            generator.synthesize(ws).square().sum().backward()
        assert ws.grad is not None
        assert len(recorded.masks) > 8
        assert not any(weight or bias for _, weight, bias in recorded.masks)
        assert all(p.grad is None for p in generator.parameters())

    def test_the_recorder_sees_weight_gradients_when_training(self):
        generator = _generator().thaw()
        with _ConvolutionGradients() as recorded:
            generator.synthesize(torch.randn(2, 6, 4)).sum().backward()
        assert any(weight for _, weight, _ in recorded.masks)

    def test_a_generator_built_in_inference_mode_can_be_inverted(self):
        state = _generator().state_dict()
        with torch.inference_mode():
            generator = generator_from_state(state, CONFIG)
        ws = torch.randn(1, 6, 4, requires_grad=True)
        generator.synthesize(ws).sum().backward()
        assert ws.grad is not None


class TestAnotherValue:
    """What is made of weights belongs to a generator whose weights cannot change."""

    WS = torch.linspace(-1, 1, 48).view(2, 6, 4)

    def test_freezing_leaves_the_one_that_learns_as_it_was(self):
        learning = Generator(CONFIG, fingerprint="abc")
        frozen = learning.freeze()
        assert isinstance(frozen, FrozenGenerator)
        assert not isinstance(learning, FrozenGenerator)
        assert all(parameter.requires_grad for parameter in learning.parameters())
        assert not any(parameter.requires_grad for parameter in frozen.parameters())
        assert set(dict(learning.named_buffers())) < set(dict(frozen.named_buffers()))
        assert frozen.fingerprint == "abc"

    def test_a_change_of_all_weights_after_freezing_changes_the_one_that_learns_only(self):
        learning = Generator(CONFIG)
        frozen = learning.freeze()
        before, w_std = frozen.synthesize(self.WS), learning.w_std
        with torch.no_grad():
            for parameter in learning.parameters():
                parameter.mul_(1.5).add_(0.1)
        assert torch.equal(frozen.synthesize(self.WS), before)
        again = learning.freeze()
        torch.testing.assert_close(again.synthesize(self.WS), learning.synthesize(self.WS))
        assert not torch.equal(learning.w_std, w_std)
        assert torch.equal(learning.w_std, again.w_std)

    @pytest.mark.parametrize("step", range(1, 3))
    def test_every_parameter_of_a_thawed_one_learns(self, step):
        learning = _generator().thaw()
        with torch.no_grad():
            for name, parameter in learning.synthesis.named_parameters():
                if name.endswith("noise_strength"):
                    parameter.fill_(0.1)
        adam = torch.optim.Adam(learning.synthesis.parameters(), 1e-2)
        for _ in range(step):
            adam.zero_grad()
            learning.synthesize(self.WS).square().sum().backward()
            adam.step()
        grads = {name: p.grad for name, p in learning.synthesis.named_parameters()}
        assert [name for name, grad in grads.items() if grad is None or not grad.any()] == []

    def test_thawed_and_frozen_draw_the_same(self):
        frozen = _generator()
        learning = frozen.thaw()
        assert learning.fingerprint == ""
        torch.testing.assert_close(learning.synthesize(self.WS), frozen.synthesize(self.WS))
        assert torch.equal(learning.freeze().synthesize(self.WS), frozen.synthesize(self.WS))

    def test_frozen_refuses_to_learn(self):
        frozen = _generator()
        assert frozen.requires_grad_(False) is frozen
        with pytest.raises(FrozenError, match=r"`thaw\(\)` gives a copy that learns"):
            frozen.requires_grad_(True)
        assert not any(parameter.requires_grad for parameter in frozen.parameters())

    @pytest.mark.parametrize(
        "name", ["mapping", "synthesis", "synthesis.b8", "synthesis.b8.conv1", "mapping.fc0"]
    )
    def test_a_part_of_it_that_is_made_to_learn_is_refused(self, name):
        frozen = _generator()
        for parameter in frozen.get_submodule(name).parameters():
            parameter.requires_grad_(True)
        with pytest.raises(FrozenError):
            frozen(torch.zeros(1, 5))

    @pytest.mark.parametrize("name", ["", "mapping", "synthesis.b8", "synthesis.b16.conv0"])
    def test_frozen_refuses_other_weights(self, name):
        part = _generator().get_submodule(name)
        with pytest.raises(FrozenError, match="cannot take others"):
            part.load_state_dict(part.state_dict())

    def test_other_weights_take_the_fingerprint_away(self):
        learning = Generator(CONFIG, fingerprint="abc")
        learning.load_state_dict(Generator(CONFIG).state_dict())
        assert learning.fingerprint == ""

    @pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16])
    def test_another_dtype_is_as_if_frozen_in_it(self, dtype):
        learning = Generator(CONFIG)
        moved, anew = learning.freeze().to(dtype), copy.deepcopy(learning).to(dtype).freeze()
        for (name, one), other in zip(moved.named_buffers(), anew.buffers(), strict=True):
            assert torch.equal(one, other), name
        ws = self.WS.to(dtype)
        assert torch.equal(moved.synthesize(ws), anew.synthesize(ws))

    def test_forms_made_when_first_needed_follow_the_dtype(self):
        wide = GeneratorConfig(z_dim=5, w_dim=4, resolution=16, channels={4: 128, 8: 128, 16: 128})
        frozen = Generator(wide).freeze()
        frozen.synthesize(self.WS)
        layer = frozen.synthesis.block(16).conv1
        assert layer.places is not None
        exact = frozen.double()
        ws = self.WS.double()
        torch.testing.assert_close(
            exact.synthesize(ws), exact.thaw().synthesize(ws), rtol=0, atol=1e-9
        )


CONFIGS = {
    "plain": CONFIG,
    "resnet": replace(CONFIG, architecture="resnet"),
    "orig": replace(CONFIG, architecture="orig"),
    "conditional": replace(CONFIG, c_dim=3),
    "embedding": replace(CONFIG, c_dim=3, embed_dim=7),
    "rectangular": replace(CONFIG, square=False),
    "mapping": replace(CONFIG, num_mapping_layers=3, mapping_dim=9),
    "one layer": replace(CONFIG, num_mapping_layers=1),
    "clamped": replace(CONFIG, conv_clamp=256.0),
    "eight": replace(CONFIG, resolution=8, channels={4: 3, 8: 2}),
}


class TestConfig:
    @pytest.mark.parametrize("name", CONFIGS)
    def test_is_read_back_from_the_shapes(self, name):
        config = CONFIGS[name]
        state = Generator(config).state_dict()
        assert config_from_state(state, config.conv_clamp) == config
        generator_from_state(state, config)

    @pytest.mark.parametrize("name", CONFIGS)
    def test_survives_json(self, name):
        assert GeneratorConfig.from_json(CONFIGS[name].to_json()) == CONFIGS[name]

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            ({"colour": 1}, "unknown keys"),
            ({"channels": {"4": 8}}, "expected"),
            ({"channels": None}, "cannot be used"),
            ({"resolution": 20}, "20"),
            ({"architecture": "alias-free"}, "alias-free"),
        ],
    )
    def test_json_that_fits_no_generator_is_refused(self, change, message):
        with pytest.raises(CheckpointError, match=message):
            GeneratorConfig.from_json(CONFIG.to_json() | change)


class TestFullSize:
    """Names, shapes and dtypes of the published sizes, listed from NVIDIA's own modules."""

    @pytest.mark.parametrize(
        ("name", "resolution", "channels", "floats"),
        [
            ("256_cb16384_map8", 256, [512, 512, 512, 512, 256, 128, 64], 24.94),
            ("256_cb32768_map8", 256, [512, 512, 512, 512, 512, 256, 128], 30.21),
            ("1024_cb32768_map8", 1024, [512, 512, 512, 512, 512, 256, 128, 64, 32], None),
        ],
    )
    def test_every_tensor_has_its_place(self, name, resolution, channels, floats):
        listed = json.loads((DATA / f"generator_{name}.json").read_text())
        state = {
            key: torch.empty(
                shape, dtype=getattr(torch, dtype.removeprefix("torch.")), device="meta"
            )
            for key, (shape, dtype) in listed.items()
        }
        config = config_from_state(state, 256.0)
        assert (config.z_dim, config.w_dim, config.num_mapping_layers) == (512, 512, 8)
        assert config.resolution == resolution
        assert [config.channels[height] for height in sorted(config.channels)] == channels
        with torch.device("meta"):
            own = Generator(config).state_dict()
        assert {k: (v.shape, v.dtype) for k, v in own.items()} == {
            k: (v.shape, v.dtype) for k, v in state.items()
        }
        if floats is not None:
            assert sum(v.numel() for v in own.values()) / 1e6 == pytest.approx(floats, abs=0.01)


class TestFromState:
    @pytest.mark.parametrize(
        ("change", "message"),
        [
            (lambda s: s.pop("mapping.w_avg"), "mapping.w_avg is missing"),
            (lambda s: s.pop("synthesis.b4.const"), "synthesis.b4.const"),
            (lambda s: s.pop("synthesis.b8.conv1.weight"), "synthesis.b8.conv1.weight"),
            (lambda s: s.update(extra=torch.zeros(1)), "extra"),
            (lambda s: s.update({"mapping.fc0.weight": torch.zeros(3)}), "mapping.fc0.weight"),
            (lambda s: s.update({"mapping.fc1.bias": torch.zeros(9)}), r"\[9\], expected \[4\]"),
            (lambda s: [s.pop(n) for n in list(s) if ".b8." in n], "unusual"),
        ],
    )
    def test_says_which_tensor_does_not_fit(self, change, message):
        state = dict(_generator().state_dict())
        change(state)
        with pytest.raises(CheckpointError, match=message):
            generator_from_state(state, config_from_state(state, None))
