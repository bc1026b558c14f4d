import json
import sys

import pytest
import torch

from fice.base.errors import CheckpointError
from fice.checkpoints import load_segmenter

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

    def test_logits_are_those_of_transformers(self, folder):
        import transformers

        parser = load_segmenter(folder)
        pixels = torch.rand(1, 3, 64, 96)
        expected = transformers.SegformerForSemanticSegmentation.from_pretrained(folder).eval()
        with torch.no_grad():
            assert torch.equal(parser.network(pixels).logits, expected(pixels).logits)

    @pytest.mark.parametrize("rest", ["Unlabelled", "Everything Else"])
    def test_clothes_only_from_an_old_file(self, folder, rest):
        """As of segformer_fashion: 47 classes with sleeves and necklines, none of them a face."""
        import transformers

        clothes = ["shirt, blouse", "top, t-shirt, sweatshirt", "hat", "sleeve", "neckline"]
        described = {"id2label": {str(i): name for i, name in enumerate([rest, *clothes])}}
        config = json.loads((folder / "config.json").read_text()) | described
        network = transformers.SegformerForSemanticSegmentation(
            transformers.SegformerConfig(**config)
        )
        (folder / "model.safetensors").unlink()
        torch.save(network.state_dict(), folder / "pytorch_model.bin")
        (folder / "config.json").write_text(json.dumps(config))
        parser = load_segmenter(folder, garments=("upper",))
        assert not parser.sees_heads
        assert parser.membership.tolist() == [
            [1, 0, 0, 0, 0, 0],
            [0, 1, 1, 1, 1, 1],
            [0, 1, 1, 0, 1, 1],
            [0, 0, 0, 0, 0, 0],
        ]

    @pytest.mark.parametrize(
        ("changes", "reason"),
        [
            ({"depths": [10**9] * 4}, r"depths\[0\] is 1000000000, expected a whole number from 1"),
            ({"depths": [64] * 4}, r"lacks \d+ tensors"),
            ({"depths": [64] * 4, "hidden_sizes": [4096] * 4}, "far more data than it has bytes"),
            ({"depths": [1, 1]}, r"depths is \[1, 1\], expected 4 numbers"),
            ({"depths": "2222"}, "depths is '2222', expected 4 numbers"),
            ({"depths": None}, "depths is NoneType, expected 4 numbers"),
            ({"strides": [4, 2, 2, 2.5]}, r"strides\[3\] is 2.5"),
            ({"strides": [4, 2, 2, True]}, r"strides\[3\] is True"),
            ({"patch_sizes": [7, 3, 3, 0]}, r"patch_sizes\[3\] is 0"),
            ({"num_encoder_blocks": 10**12}, "num_encoder_blocks is 1000000000000"),
            ({"num_encoder_blocks": 3}, "expected 3 numbers"),
            ({"decoder_hidden_size": -1}, "decoder_hidden_size is -1"),
            ({"num_attention_heads": [3, 3, 3, 3]}, "unusual network"),
            ({"hidden_act": ["gelu"]}, "hidden_act"),
            ({"layer_norm_eps": "small"}, "layer_norm_eps"),
            ({"id2label": {"1": "background", "2": "hair"}}, "number the classes"),
            ({"id2label": {"0": "background", "1": 7}}, "name the classes"),
            ({"id2label": ["background", "hair"]}, "number the classes"),
        ],
    )
    def test_refuses_descriptions_of_no_network(self, folder, changes, reason):
        path = folder / "config.json"
        path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))
        with pytest.raises(CheckpointError, match=reason) as error:
            load_segmenter(folder)
        assert "\n" not in str(error.value)

    @pytest.mark.parametrize("size", [10**9, 0, -5, "large", 64.5, True, None])
    def test_refuses_sizes_of_no_image(self, folder, size):
        processor = {"size": {"height": size, "width": 64}}
        (folder / "preprocessor_config.json").write_text(json.dumps(processor))
        with pytest.raises(CheckpointError, match=r"height is .* from 32 to 2048"):
            load_segmenter(folder)

    @pytest.mark.parametrize("std", [["a", 1, 1], [1, 1], [1, 1, float("inf")], {"r": 1}])
    def test_refuses_deviations_of_no_colours(self, folder, std):
        (folder / "preprocessor_config.json").write_text(json.dumps({"image_std": std}))
        with pytest.raises(CheckpointError, match="image_std is"):
            load_segmenter(folder)

    def test_refuses_descriptions_without_end(self, folder):
        (folder / "config.json").write_text('{"model_type": "segformer", "a": ' + "[" * 100_000)
        with pytest.raises(CheckpointError):
            load_segmenter(folder)

    def test_refuses_weights_that_are_not_finite(self, folder):
        from safetensors.torch import load_file, save_file

        path = folder / "model.safetensors"
        state = load_file(path)
        state["decode_head.classifier.bias"][0] = float("nan")
        save_file(state, path, metadata={"format": "pt"})
        with pytest.raises(CheckpointError, match=r"classifier\.bias holds NaN"):
            load_segmenter(folder)

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


@pytest.mark.parametrize("name", ["config.json", "preprocessor_config.json"])
@pytest.mark.parametrize(
    ("content", "reason"),
    [('{"x": "é"}'.encode("latin-1"), "is not text in UTF-8"), (b"{", "cannot be read as JSON")],
)
def test_descriptions_that_cannot_be_read(tmp_path, name, content, reason):
    write_config(tmp_path)
    (tmp_path / name).write_bytes(content)
    with pytest.raises(CheckpointError, match=f"{name} {reason}"):
        load_segmenter(tmp_path)


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
