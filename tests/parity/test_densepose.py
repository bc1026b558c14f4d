"""DensePose against detectron2's, at reduced width (data/densepose_small.json)."""

import json
import re
from pathlib import Path

import pytest
import torch

from fice.checkpoints import load_chart
from fice.checkpoints.densepose import densepose_config, densepose_from_state
from fice.networks.perceptors.densepose import DensePoseConfig
from fice.networks.perceptors.densepose_deeplab import DeepLabHead

CASE = "densepose_small"
DATA = Path(__file__).parent / "data"
FULL_KEYS = DATA / "densepose_full_keys.json"
RELATIVE = 1e-4


@pytest.fixture(scope="module")
def case(read_case):
    return read_case(CASE)


@pytest.fixture(scope="module")
def network(case, recipe):
    facts, _ = case
    state = recipe.recipe_state(facts["shapes"], CASE)
    return densepose_from_state(state, CASE, with_uv=True)


@pytest.fixture(scope="module")
def stages(network, recipe):
    """Output of every stage that the fixture names, and the gradient to the image."""
    seen = {}
    bottom_up, heads = network.backbone.bottom_up, network.roi_heads
    modules = {
        "stem": bottom_up.stem,
        **{f"bottom_up.res{i}": bottom_up.get_submodule(f"res{i}") for i in range(2, 6)},
        **{f"fpn.p{i}": network.backbone.get_submodule(f"fpn_output{i}") for i in range(2, 6)},
        "decoder": heads.decoder,
    }

    def keep(name):
        return lambda _module, _inputs, output: seen.__setitem__(name, output.detach())

    handles = [module.register_forward_hook(keep(name)) for name, module in modules.items()]
    handles.append(
        heads.densepose_head.register_forward_hook(
            lambda _module, inputs, output: seen.update(pooled=inputs[0], head=output)
        )
    )
    image = recipe.recipe_image(CASE, (1, 3, 256, 256)).requires_grad_()
    chart = network(image)
    for handle in handles:
        handle.remove()
    probe = torch.randn(1, 14, 112, 112, generator=torch.Generator().manual_seed(3))
    (chart.body * probe).sum().backward()
    seen |= {
        "pred.coarse_segm": chart.coarse_segm,
        "pred.fine_segm": chart.fine_segm,
        "pred.u": chart.u,
        "pred.v": chart.v,
        "body": chart.body,
        "probe": probe,
        "grad_image": image.grad,
    }
    return seen


def test_stages(case, stages, relative_error):
    facts, tensors = case
    assert stages.keys() == facts["stages"].keys()
    errors = {}
    for name, rule in facts["stages"].items():
        step = rule["spatial_step"]
        actual = stages[name].detach()[:, :: rule["channel_step"], ::step, ::step]
        expected = tensors[f"io.{name}"]
        # u and v are clamped to their range, what the fixture holds is not.
        expected = expected.clamp(0, 1) if name in ("pred.u", "pred.v") else expected
        errors[name] = relative_error(actual, expected, name)
    assert max(errors.values()) < RELATIVE, errors


def test_model_zoo_file(case, network):
    """The weights of this case in the container of detectron2's model zoo."""
    loaded = load_chart(DATA / "densepose_small_modelzoo_format.pkl", with_uv=True)
    state = network.state_dict()
    assert loaded.config == network.config
    assert loaded.state_dict().keys() == state.keys()
    for key, value in loaded.state_dict().items():
        torch.testing.assert_close(value, state[key])


def test_without_uv(case, recipe, network):
    facts, _ = case
    lean = densepose_from_state(recipe.recipe_state(facts["shapes"], CASE), CASE)
    image = recipe.recipe_image(CASE, (1, 3, 64, 64))
    seen, full = lean(image), network(image)
    assert seen.u is None
    assert seen.v is None
    torch.testing.assert_close(seen.body, full.body)


class TestDeepLabHead:
    """The chart head of the DL models (data/densepose_dl_head.json)."""

    @pytest.fixture
    def facts(self):
        return json.loads((DATA / "densepose_dl_head.json").read_text())

    def test_output(self, facts, read_case, recipe, relative_error):
        head = DeepLabHead(64, 96, depth=2)
        head.load_state_dict(recipe.recipe_state(facts["shapes"], "densepose_dl_head"))
        pooled = recipe.recipe_image("densepose_dl_head", (2, 64, 28, 28))
        _, tensors = read_case("densepose_dl_head")
        actual = head(pooled).detach()[:, ::8, ::3, ::3]
        assert relative_error(actual, tensors["io.head"], "DL head") < RELATIVE

    def test_in_a_whole_network(self, case, facts, recipe):
        """Its width and depth are read from the shapes, and its norms are not folded."""
        shapes = {
            key: list(size)
            for key, size in case[0]["shapes"].items()
            if "densepose_head" not in key
        }
        for key, size in facts["shapes"].items():
            shapes[f"roi_heads.densepose_head.{key}"] = size
        shapes["roi_heads.decoder.predictor.weight"][0] = 64
        shapes["roi_heads.decoder.predictor.bias"] = [64]
        for key in shapes:
            if "densepose_predictor" in key and key.endswith("weight"):
                shapes[key] = [96, *shapes[key][1:]]
        state = recipe.recipe_state(shapes, "dl")
        network = densepose_from_state(dict(state), "dl")
        assert network.config.deeplab
        assert (network.config.head_width, network.config.head_depth) == (96, 2)
        norm = network.roi_heads.densepose_head.body_conv_fcn2.norm
        assert torch.equal(
            norm.weight, state["roi_heads.densepose_head.body_conv_fcn2.norm.weight"]
        )
        assert network(recipe.recipe_image("dl", (1, 3, 64, 64))).body.isfinite().all()


class TestFullSize:
    @pytest.fixture
    def state(self):
        keys = json.loads(FULL_KEYS.read_text())
        return {key: torch.empty(size, device="meta") for key, size in keys.items()}

    def test_every_tensor_is_used_or_known_to_be_unused(self, state):
        with torch.device("meta"):
            network = densepose_from_state(dict(state), "densepose.pkl", with_uv=True)
        assert network.config == DensePoseConfig(with_uv=True)
        # Less the detector, and of each norm's four vectors one remains, as a bias.
        unused = re.compile(r"proposal_generator|roi_heads\.box_|norm\.(weight|running)")
        expected = sum(value.numel() for key, value in state.items() if not unused.search(key))
        assert sum(p.numel() for p in network.parameters()) == expected

    def test_r101(self, state):
        """R101 differs in the number of units of one stage only."""
        unit = {k: v for k, v in state.items() if k.startswith("backbone.bottom_up.res4.5.")}
        for index in range(6, 23):
            state |= {k.replace("res4.5", f"res4.{index}"): v for k, v in unit.items()}
        assert densepose_config(state) == DensePoseConfig(blocks=(3, 4, 23, 3))
