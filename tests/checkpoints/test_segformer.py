import json
import sys

import pytest
import torch

from fice.checkpoints import load_segmenter
from fice.errors import CheckpointError

LABELS = ["background", "face", "hair", "top", "pants", "dress", "arms"]


def write_config(folder):
    id2label = {str(index): label for index, label in enumerate(LABELS)}
    config = {"model_type": "segformer", "id2label": id2label}
    (folder / "config.json").write_text(json.dumps(config))


def test_missing_package(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "transformers", None)
    write_config(tmp_path)
    with pytest.raises(CheckpointError, match="pip install transformers"):
        load_segmenter(tmp_path)


def test_folder_of_something_else(tmp_path):
    with pytest.raises(CheckpointError):
        load_segmenter(tmp_path)


class TestWithTransformers:
    """Runs where the optional package is installed, as it is in every ComfyUI."""

    @pytest.fixture
    def folder(self, tmp_path):
        transformers = pytest.importorskip("transformers")
        torch.manual_seed(0)
        config = transformers.SegformerConfig(
            hidden_sizes=[8, 8, 16, 16],
            depths=[1, 1, 1, 1],
            num_attention_heads=[1, 1, 2, 2],
            decoder_hidden_size=16,
            id2label=dict(enumerate(LABELS)),
        )
        transformers.SegformerForSemanticSegmentation(config).save_pretrained(tmp_path)
        processor = {"size": {"height": 96, "width": 64}, "image_mean": [0.5] * 3}
        (tmp_path / "preprocessor_config.json").write_text(json.dumps(processor))
        return tmp_path

    @pytest.mark.parametrize("file", ["", "model.safetensors"])
    def test_load(self, folder, file):
        parser = load_segmenter(folder / file, garments=("upper",))
        assert parser.size == (96, 64)
        assert parser.mean.flatten().tolist() == [0.5] * 3
        assert not any(p.requires_grad for p in parser.parameters())
        image = torch.rand(1, 3, 48, 40, requires_grad=True)
        regions = parser(image)
        regions.garment.sum().backward()
        assert regions.garment.shape == (1, 1, 48, 40)
        assert image.grad.abs().sum() > 0

    def test_missing_weights(self, folder):
        (folder / "model.safetensors").unlink()
        with pytest.raises(CheckpointError, match=r"no model\.safetensors"):
            load_segmenter(folder)

    def test_missing_tensors(self, folder):
        from safetensors.torch import load_file, save_file

        path = folder / "model.safetensors"
        state = load_file(path)
        state.pop("decode_head.classifier.weight")
        save_file(state, path, metadata={"format": "pt"})
        with pytest.raises(CheckpointError, match="lacks 1 tensors"):
            load_segmenter(folder)


@pytest.mark.parametrize(
    ("config", "processor"),
    [
        ({"id2label": {"a": "dress"}}, {}),
        ({"id2label": {"0": "background", "1": "dress"}}, {"image_mean": 3}),
    ],
)
def test_damaged_descriptions(tmp_path, config, processor):
    description = {"model_type": "segformer", **config}
    (tmp_path / "config.json").write_text(json.dumps(description))
    (tmp_path / "preprocessor_config.json").write_text(json.dumps(processor))
    with pytest.raises(CheckpointError, match=r"of model\.safetensors in .* is damaged"):
        load_segmenter(tmp_path)
