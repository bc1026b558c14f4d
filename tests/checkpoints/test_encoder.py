"""e4e and pSp files of tiny networks, in the containers their authors use."""

import dataclasses

import pytest
import torch

from fice.base.errors import CheckpointError
from fice.checkpoints import load_encoder
from fice.checkpoints.native import save_native
from fice.networks.encoders.e4e import E4eConfig, E4eEncoder
from fice.networks.layers import freeze

TINY = E4eConfig(num_ws=8, stages=((16, 1), (17, 2), (18, 1), (32, 2)), input_width=16)
W_DIM = 32


@pytest.fixture(scope="module")
def encoder():
    torch.manual_seed(0)
    encoder = E4eEncoder(TINY)
    encoder.latent_avg.normal_()
    return freeze(encoder)


@pytest.fixture
def save(encoder, tmp_path):
    """Writes `encoder` as a checkpoint with the given changes and returns its path."""

    def save(prefix="encoder.", **changes):
        state = encoder.state_dict()
        average = state.pop("latent_avg")
        content = {
            "state_dict": {f"{prefix}{key}": value for key, value in state.items()}
            | {"decoder.style.1.weight": torch.zeros(2, 2)},
            "latent_avg": average,
            "opts": {"encoder_type": "Encoder4Editing"},
        }
        content = {key: value for key, value in (content | changes).items() if value is not None}
        torch.save(content, tmp_path / "e4e.pt")
        return tmp_path / "e4e.pt"

    return save


def codes(encoder):
    image = torch.linspace(0, 1, 3 * 256 * 256).view(1, 3, 256, 256)
    with torch.no_grad():
        return encoder(image)


class TestLoadE4e:
    def test_same_network(self, encoder, save):
        loaded = load_encoder(save())
        assert loaded.config == TINY
        assert (loaded.num_ws, loaded.w_dim) == (8, W_DIM)
        assert torch.equal(codes(loaded), codes(encoder))

    @pytest.mark.parametrize("shape", [(W_DIM,), (8, W_DIM), (1, 8, W_DIM)])
    def test_shapes_of_the_average(self, encoder, save, shape):
        average = torch.randn(shape)
        loaded = load_encoder(save(latent_avg=average))
        expected = codes(encoder) - encoder.latent_avg + average
        torch.testing.assert_close(codes(loaded), expected)

    def test_average_in_the_state_dict(self, encoder, save):
        """FICE's file has it twice; some have it only there."""
        state = {f"encoder.{key}": value for key, value in encoder.state_dict().items()}
        average = state.pop("encoder.latent_avg")
        path = save(latent_avg=None, state_dict=state | {"latent_avg": average})
        assert torch.equal(codes(load_encoder(path)), codes(encoder))

    def test_codes_without_an_average(self, encoder, save):
        path = save(latent_avg=None, opts={"start_from_latent_avg": False})
        torch.testing.assert_close(codes(load_encoder(path)), codes(encoder) - encoder.latent_avg)

    def test_psp(self, encoder, save):
        """pSp's heads predict each code itself."""
        loaded = load_encoder(save(opts={"encoder_type": "GradualStyleEncoder"}))
        offsets, expected = codes(loaded) - loaded.latent_avg, codes(encoder) - encoder.latent_avg
        torch.testing.assert_close(offsets[:, :1], expected[:, :1])
        torch.testing.assert_close(offsets[:, 1:] + offsets[:, :1], expected[:, 1:])

    def test_bare_encoder(self, encoder, save):
        assert torch.equal(codes(load_encoder(save(prefix=""))), codes(encoder))


class TestBadFiles:
    def test_no_average(self, save):
        with pytest.raises(CheckpointError, match=r"e4e\.pt has no latent_avg"):
            load_encoder(save(latent_avg=None))

    def test_average_of_another_generator(self, save):
        with pytest.raises(CheckpointError, match=r"shape \[18, 32\], expected one of \[32\], \[8"):
            load_encoder(save(latent_avg=torch.zeros(18, W_DIM)))

    def test_unsupported_variant(self, save):
        with pytest.raises(CheckpointError, match="BackboneEncoderUsingLastLayerIntoW"):
            load_encoder(save(opts={"encoder_type": "BackboneEncoderUsingLastLayerIntoW"}))

    def test_no_encoder(self, save):
        with pytest.raises(CheckpointError, match="is not a W"):
            load_encoder(save(state_dict={"x": torch.zeros(1)}))


class TestImageSize:
    """The tensors of the encoder do not show what it looks at; the maps of its decoder do."""

    @pytest.mark.parametrize(
        ("name", "shape", "expected"),
        [
            ("input.input", (1, 3, 4, 4), (256, 256)),
            ("input.input", (1, 3, 4, 2), (256, 128)),
            ("synthesis.b4.const", (3, 4, 2), (256, 128)),
            ("noises.noise_0", (1, 1, 4, 2), (256, 128)),
            ("synthesis.b4.conv1.noise_const", (4, 2), (256, 128)),
            ("input.input", (1, 3, 2, 4), (128, 256)),
            ("input.input", (1, 3, 4, 0), (256, 256)),
        ],
    )
    @pytest.mark.parametrize("parallel", ["", "module."])
    def test_of_a_file(self, encoder, save, name, shape, expected, parallel):
        state = encoder.state_dict()
        average = state.pop("latent_avg")
        state = {f"{parallel}encoder.{key}": value for key, value in state.items()}
        state[f"{parallel}decoder.{name}"] = torch.zeros(shape)
        loaded = load_encoder(save(state_dict=state, latent_avg=average))
        assert loaded.image_size == expected
        height, width = expected
        with torch.no_grad():
            assert loaded(torch.rand(2, 3, 2 * height, 2 * width)).shape == (2, 8, W_DIM)

    def native(self, encoder, path, **changes):
        config = {**dataclasses.asdict(encoder.config), **changes}
        config = {key: value for key, value in config.items() if value is not None}
        save_native(path, "e4e", config, encoder.state_dict())
        return path

    def test_native_file_of_an_earlier_version(self, encoder, tmp_path):
        path = self.native(encoder, tmp_path / "a.safetensors", image_size=None, resize=None)
        assert load_encoder(path).config == TINY
        assert TINY.image_size == (256, 256)
        assert torch.equal(codes(load_encoder(path)), codes(encoder))

    @pytest.mark.parametrize(
        "image_size", [[512, 256], [256, 0], [256], [256, 127.5], [256, True], ["256", 1], 256, {}]
    )
    def test_of_no_image(self, encoder, tmp_path, image_size):
        path = self.native(encoder, tmp_path / "a.safetensors", image_size=image_size)
        with pytest.raises(CheckpointError):
            load_encoder(path)

    def test_resized_in_a_way_that_is_not_known(self, encoder, tmp_path):
        path = self.native(encoder, tmp_path / "a.safetensors", resize="magic")
        with pytest.raises(CheckpointError, match="resized by 'magic', expected one of area"):
            load_encoder(path)
