import pytest
import torch

from fice.base.errors import CheckpointError
from fice.checkpoints import load_segmenter
from fice.networks.perceptors.deeplab import DeepLab


@pytest.fixture(scope="module")
def state():
    torch.manual_seed(0)
    return DeepLab().half().state_dict()


class TestFiceFile:
    @pytest.fixture(params=["model.", ""], ids=["fice", "torchvision"])
    def path(self, request, state, tmp_path):
        renamed = {request.param + key.removeprefix("model."): v for key, v in state.items()}
        torch.save(
            {"state": {**renamed, "loss.weight": torch.ones(3)}, "epoch": 4},
            path := tmp_path / "seg.pt",
        )
        return path

    def test_same_network(self, path, state):
        network = load_segmenter(path)
        assert not network.training
        assert not any(p.requires_grad for p in network.parameters())
        for key, value in network.state_dict().items():
            assert torch.equal(value, state[key].float() if value.is_floating_point() else value)


class TestBadFiles:
    def test_other_classes(self, state, tmp_path):
        torch.save(
            {"state": {**state, "model.classifier.4.weight": torch.zeros(21, 256, 1, 1)}},
            tmp_path / "a.pt",
        )
        with pytest.raises(CheckpointError, match=r"shape \[21, 256, 1, 1\], expected \[3, 256"):
            load_segmenter(tmp_path / "a.pt")

    def test_something_else(self, tmp_path):
        torch.save({"state": {"x": torch.zeros(1)}}, tmp_path / "a.pt")
        with pytest.raises(CheckpointError, match=r"a\.pt is not a garment segmenter"):
            load_segmenter(tmp_path / "a.pt")
