"""e4e against its authors' code, all widths divided by four (data/e4e_quarter_width.json)."""

import json
from pathlib import Path

import pytest
import torch

from fice.checkpoints.e4e import e4e_config
from fice.networks.encoders.e4e import E4eConfig, E4eEncoder
from fice.networks.layers import freeze

DATA = Path(__file__).parent / "data"
CASE = "e4e_quarter_width"
QUARTER = E4eConfig(num_ws=14, stages=((16, 3), (32, 4), (64, 14), (128, 3)), input_width=16)
RELATIVE = 1e-4


@pytest.fixture(scope="module")
def case(read_case):
    return read_case(CASE)


@pytest.fixture(scope="module")
def encoder(case, recipe):
    facts, _ = case
    unit, prelu = facts["recipe"]["unit"], facts["prelu_keys"]
    encoder = E4eEncoder(QUARTER)
    encoder.load_state_dict(recipe.recipe_state(facts["shapes"], CASE, unit=unit, prelu=prelu))
    return freeze(encoder)


@pytest.fixture(scope="module")
def stages(case, recipe, encoder):
    """Output of every stage that the fixture names."""
    seen = {}
    modules = {
        "input_layer": encoder.input_layer,
        "c1_body6": encoder.body[6],
        "c2_body20": encoder.body[20],
        "c3_body23": encoder.body[23],
        **{f"style{i:02d}": style for i, style in enumerate(encoder.styles)},
    }

    def keep(name):
        return lambda _module, _inputs, output: seen.__setitem__(name, output)

    hooks = [module.register_forward_hook(keep(name)) for name, module in modules.items()]
    image = recipe.recipe_image(CASE, (2, 3, 256, 256))
    with torch.no_grad():
        seen["wplus"] = encoder(image)
        _, seen["p2"], seen["p1"] = encoder.pyramid(image * 2 - 1)
    for hook in hooks:
        hook.remove()
    return seen


def subsampled(tensor, rule):
    if rule["batch"] == "first only":
        tensor = tensor[:1]
    tensor = tensor[:, :: rule["channel_step"]] if tensor.ndim == 4 else tensor
    step = rule["spatial_step"]
    return tensor[..., ::step, ::step] if tensor.ndim == 4 else tensor


def test_stages(case, stages, relative_error):
    facts, tensors = case
    assert stages.keys() == facts["stages"].keys()
    errors = {
        name: relative_error(subsampled(stages[name], rule), tensors[f"io.{name}"], name)
        for name, rule in facts["stages"].items()
    }
    assert max(errors.values()) < RELATIVE, errors


def test_larger_image(case, recipe, encoder, relative_error):
    _, tensors = case
    with torch.no_grad():
        ws = encoder(recipe.recipe_image(f"{CASE}512", (1, 3, 512, 512)))
    assert relative_error(ws, tensors["io.wplus_from_512_input"], "W+") < RELATIVE


def test_full_size_architecture():
    """The released encoder has exactly the tensors of the default architecture."""
    keys = json.loads((DATA / "e4e_encoder.json").read_text())
    with torch.device("meta"):
        state = {key: torch.empty(size) for key, (size, _) in keys.items()}
        config = e4e_config(state)
        own = E4eEncoder(config).state_dict()
    assert config == E4eConfig(num_ws=14)
    assert {key: value.shape for key, value in own.items()} == {
        key: value.shape for key, value in state.items()
    }
