"""StyleGAN-Human's e4e, which looks at 256 by 128 pixels, against its authors' code.

`sghuman_e4e_tiny.pt` is their container with tiny widths; the other case has all widths divided by
four and weights by recipe.
"""

import json
from pathlib import Path

import pytest
import torch

from fice.checkpoints import load_encoder, load_generator
from fice.checkpoints.convert import convert
from fice.checkpoints.e4e import e4e_config
from fice.networks.encoders.e4e import E4eConfig, E4eEncoder
from fice.networks.layers import freeze

DATA = Path(__file__).parent / "data"
TINY, QUARTER = "sghuman_e4e_tiny", "sghuman_e4e_quarter_width"
SIZE = (256, 128)
QUARTER_CONFIG = E4eConfig(
    num_ws=18,
    stages=((16, 3), (32, 4), (64, 14), (128, 3)),
    input_width=16,
    image_size=SIZE,
    resize="bilinear",
)
RELATIVE = 1e-5
# Their code rounds the photo down to bytes in between, ours does not.
RELATIVE_OF_PHOTO = 1e-2


@pytest.fixture(scope="module", params=[TINY, QUARTER])
def name(request):
    return request.param


@pytest.fixture(scope="module")
def case(name, read_case):
    return read_case(name)


@pytest.fixture(scope="module")
def encoder(name, case, recipe):
    if name == TINY:
        return load_encoder(DATA / f"{TINY}.pt")
    facts, _ = case
    unit, prelu = facts["recipe"]["unit"], facts["prelu_keys"]
    encoder = E4eEncoder(QUARTER_CONFIG)
    state = recipe.recipe_state(facts["shapes"], QUARTER, unit=unit, prelu=prelu)
    encoder.load_state_dict({**state, "latent_avg": state["latent_avg"].unsqueeze(0)})
    return freeze(encoder)


@pytest.fixture(scope="module")
def image(name, recipe):
    return recipe.recipe_image(name, (2, 3, *SIZE))


def subsampled(tensor, rule):
    if rule["batch"] == "first only":
        tensor = tensor[:1]
    if tensor.ndim < 4:
        return tensor
    step = rule["spatial_step"]
    return tensor[:, :: rule["channel_step"], ::step, ::step]


@torch.no_grad()
def test_stages(case, encoder, image, relative_error):
    facts, tensors = case
    seen = {}
    modules = {
        "input_layer": encoder.input_layer,
        "c1_body6": encoder.body[6],
        "c2_body20": encoder.body[20],
        "c3_body23": encoder.body[23],
        **{f"style{i:02d}": style for i, style in enumerate(encoder.styles)},
    }
    hooks = [
        module.register_forward_hook(lambda _m, _i, output, key=key: seen.update({key: output}))
        for key, module in modules.items()
    ]
    ws = encoder(image)
    for hook in hooks:
        hook.remove()
    _, seen["p2"], seen["p1"] = encoder.pyramid(image * 2 - 1)
    assert seen.keys() == facts["stages"].keys()
    errors = {
        key: relative_error(subsampled(seen[key], rule), tensors[f"io.{key}"], key)
        for key, rule in facts["stages"].items()
    }
    errors["wplus"] = relative_error(ws, tensors["io.wplus"], "W+")
    assert max(errors.values()) < RELATIVE, errors


@torch.no_grad()
def test_photo(name, case, encoder, recipe, relative_error):
    """The bytes that their pre-processing makes of a photo, and the photo itself."""
    facts, tensors = case
    expected = tensors["io.wplus_photo"]
    exact = encoder(tensors["io.photo_256x128_u8"].unsqueeze(0) / 255)
    assert relative_error(exact, expected, "bytes of a photo") < RELATIVE
    assert facts["config"]["input_width"] == SIZE[1]
    if name == QUARTER:  # of the tiny one, the photo is smaller than what the encoder looks at
        photo = recipe.recipe_image(f"{name}_photo", (1, 3, 512, 256))
        photo = torch.floor(photo * 255 + 0.5) / 255
        assert relative_error(encoder(photo), expected, "photo") < RELATIVE_OF_PHOTO


class TestContainer:
    def test_image_size_is_read_from_the_decoder(self):
        encoder = load_encoder(DATA / f"{TINY}.pt")
        assert encoder.config.image_size == SIZE
        assert encoder.num_ws == 10

    @torch.no_grad()
    def test_native_file_remembers_it(self, tmp_path, recipe):
        target = tmp_path / "e4e.safetensors"
        assert convert(DATA / f"{TINY}.pt", target).resolution == "256x128"
        source, converted = load_encoder(DATA / f"{TINY}.pt"), load_encoder(target)
        image = recipe.recipe_image(TINY, (2, 3, *SIZE))
        assert converted.config == source.config
        assert torch.equal(converted(image), source(image))

    @torch.no_grad()
    def test_decoder(self, read_case, absolute_error):
        _, tensors = read_case(TINY)
        generator = load_generator(DATA / f"{TINY}.pt").freeze()
        image = generator.synthesize(tensors["io.wplus"]) * 2 - 1
        assert absolute_error(image, tensors["io.decoder_image"], "decoder") < 1e-4


def test_full_size_architecture():
    """The released encoder has exactly the tensors of the architecture that is read from it."""
    keys = json.loads((DATA / "sghuman_e4e_keys.json").read_text())
    shapes = {key: tuple(size) for key, (size, _) in keys.items()}
    assert shapes["decoder.input.input"] == (1, 512, 4, 2)
    with torch.device("meta"):
        state = {
            key.removeprefix("encoder."): torch.empty(size)
            for key, size in shapes.items()
            if key.startswith("encoder.")
        }
        config = e4e_config(state, image_size=SIZE)
        own = E4eEncoder(config).state_dict()
    own.pop("latent_avg")  # which the file has beside its state dict
    assert config == E4eConfig(num_ws=18, image_size=SIZE, resize="bilinear")
    assert {key: value.shape for key, value in own.items()} == {
        key: value.shape for key, value in state.items()
    }
