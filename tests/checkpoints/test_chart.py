from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from fice.base.errors import CheckpointError
from fice.checkpoints import load_chart
from fice.checkpoints.reader import read_checkpoint
from tools.weights.weight_files import Scripted, grown, modules_of

DATA = Path(__file__).parents[1] / "parity" / "data"
MODEL_ZOO = DATA / "densepose_small_modelzoo_format.pkl"


@pytest.fixture
def state():
    return dict(read_checkpoint(MODEL_ZOO).content["model"])


class TestModelZoo:
    def test_frozen(self):
        network = load_chart(MODEL_ZOO)
        assert not any(p.requires_grad for p in network.parameters())
        chart = network(torch.rand(1, 3, 64, 64))
        assert chart.body.shape == (1, 14, 112, 112)
        assert chart.u is None

    def test_other_container(self, state, tmp_path):
        save_file({key: value.contiguous() for key, value in state.items()}, tmp_path / "a.st")
        expected = load_chart(MODEL_ZOO).state_dict()
        for key, value in load_chart(tmp_path / "a.st").state_dict().items():
            assert torch.equal(value, expected[key])

    def test_constants_of_newer_files_are_ignored(self, state, tmp_path):
        state["pixel_mean"] = state["pixel_std"] = torch.zeros(3, 1, 1)
        state["proposal_generator.anchor_generator.cell_anchors.0"] = torch.zeros(3, 4)
        state["roi_heads.densepose_predictor.sigma_2_lowres.weight"] = torch.zeros(24, 25, 4, 4)
        torch.save({"model": state}, tmp_path / "a.pt")
        load_chart(tmp_path / "a.pt")


class TestTorchScript:
    """Exports as comfyui_controlnet_aux fetches them: the network as `model`, in half precision.

    Layers that its code goes through as a list are there a second time, under the list's name.
    """

    ALIASES = (
        ("backbone.bottom_up.res2", "backbone.bottom_up.stages.0"),
        ("backbone.fpn_lateral5", "backbone.lateral_convs.0"),
        ("roi_heads.decoder.p2", "roi_heads.decoder.scale_heads.0"),
        ("roi_heads.densepose_head.body_conv_fcn1", "roi_heads.densepose_head.stacked_convs.0"),
    )

    @pytest.fixture
    def exported(self, state, tmp_path):
        state["pixel_mean"] = torch.zeros(3, 1, 1)
        network = modules_of(state)
        for name, alias in self.ALIASES:
            parent, _, last = alias.rpartition(".")
            grown(network, parent).add_module(last, network.get_submodule(name))
        whole = Scripted()
        whole.add_module("model", network)
        torch.jit.script(whole.half()).save(tmp_path / "densepose_fp16.pt")
        return tmp_path / "densepose_fp16.pt"

    @pytest.mark.filterwarnings("ignore:`torch.jit.script` is deprecated")
    def test_opens_as_data(self, exported, state, monkeypatch):
        monkeypatch.setattr(torch.jit, "load", None)  # which would compile the code in the file
        assert read_checkpoint(exported).container == "torchscript"
        loaded = load_chart(exported, with_uv=True)
        torch.save({"model": {k: v.half() for k, v in state.items()}}, exported.with_name("a.pt"))
        expected = load_chart(exported.with_name("a.pt"), with_uv=True).state_dict()
        assert loaded.state_dict().keys() == expected.keys()
        assert all(torch.equal(v, expected[k]) for k, v in loaded.state_dict().items())


class TestUnsupported:
    @pytest.mark.parametrize(
        ("lost", "reason"),
        [
            ("roi_heads.densepose_head.body_conv_fcn1.weight", "other chart heads"),
            ("roi_heads.decoder.p2.0.weight", "without a decoder"),
            ("backbone.bottom_up.stem.conv1.weight", "other than ResNet"),
        ],
    )
    def test_variants(self, state, tmp_path, lost, reason):
        del state[lost]
        torch.save({"model": state}, tmp_path / "a.pt")
        with pytest.raises(CheckpointError, match=reason):
            load_chart(tmp_path / "a.pt")

    def test_non_local_block(self, state, tmp_path):
        state["roi_heads.densepose_head.NLBlock.g.0.weight"] = torch.zeros(1)
        torch.save({"model": state}, tmp_path / "a.pt")
        with pytest.raises(CheckpointError, match="non-local block"):
            load_chart(tmp_path / "a.pt")

    def test_coarse_classes(self, state, tmp_path):
        state["roi_heads.densepose_predictor.ann_index_lowres.weight"] = torch.zeros(24, 15, 4, 4)
        torch.save({"model": state}, tmp_path / "a.pt")
        with pytest.raises(CheckpointError, match="tells 15 coarse classes apart"):
            load_chart(tmp_path / "a.pt")

    @pytest.mark.parametrize("part", ["weight", "norm.weight", "norm.running_mean"])
    def test_incomplete_batch_norm(self, state, tmp_path, part):
        del state[f"backbone.bottom_up.res2.0.conv2.{part}"]
        torch.save({"model": state}, tmp_path / "a.pt")
        with pytest.raises(CheckpointError, match=r"batch norm of backbone\.bottom_up\.res2"):
            load_chart(tmp_path / "a.pt")

    def test_batch_norm_of_another_width(self, state, tmp_path):
        key = "backbone.bottom_up.res2.0.conv2.norm.bias"
        state[key] = state[key][:-1]
        torch.save({"model": state}, tmp_path / "a.pt")
        with pytest.raises(CheckpointError, match=r"batch norm of backbone\.bottom_up\.res2"):
            load_chart(tmp_path / "a.pt")

    def test_missing_tensor(self, state, tmp_path):
        del state["backbone.fpn_lateral3.bias"]
        torch.save({"model": state}, tmp_path / "a.pt")
        with pytest.raises(CheckpointError, match=r"missing \(backbone\.fpn_lateral3\.bias\)"):
            load_chart(tmp_path / "a.pt")

    def test_something_else(self, tmp_path):
        torch.save({"x": torch.zeros(1)}, tmp_path / "a.pt")
        with pytest.raises(CheckpointError, match=r"a\.pt is not a DensePose"):
            load_chart(tmp_path / "a.pt")
