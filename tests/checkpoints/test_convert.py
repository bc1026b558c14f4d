"""Converted files give the numbers of their source; small files in the formats of their authors."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file

from fice.base.errors import CheckpointError, FiceError
from fice.checkpoints import load_chart, load_clip, load_encoder, load_generator, load_segmenter
from fice.checkpoints.convert import convert
from fice.networks.encoders.e4e import E4eConfig, E4eEncoder
from fice.networks.perceptors.deeplab import DeepLab

DATA = Path(__file__).parents[1] / "parity" / "data"


def metadata(path):
    with safe_open(path, framework="pt") as file:
        return file.metadata()


def sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture
def target(tmp_path):
    return tmp_path / "out" / "converted.safetensors"


@pytest.fixture
def e4e_file(tmp_path, generator):
    """An e4e file with its decoder, as FICE's: two networks in one file."""
    torch.manual_seed(0)
    encoder = E4eEncoder(E4eConfig(num_ws=8, stages=((16, 1), (32, 1)) * 2, input_width=16))
    state = encoder.state_dict()
    average = state.pop("latent_avg").normal_()
    parts = {f"encoder.{key}": value for key, value in state.items()}
    parts |= {f"decoder.{key}": value for key, value in generator.state_dict().items()}
    torch.save({"state_dict": parts, "latent_avg": average[0]}, tmp_path / "e4e.pt")
    return tmp_path / "e4e.pt"


class TestGenerator:
    @pytest.mark.parametrize(
        ("file", "resolution"),
        [
            ("sg2_32_skip_nvidia.pkl", "32x32"),
            ("sghuman_64x32_rect.pkl", "64x32"),
            ("generator_64_fice_format.pt", "64x64"),
            ("rosinality_64.pt", "64x64"),
        ],
    )
    def test_same_images(self, file, resolution, target):
        convert(DATA / file, target, licence="CC0-1.0")
        source, converted = load_generator(DATA / file), load_generator(target)
        ws = torch.randn(1, source.num_ws, source.w_dim)
        assert torch.equal(converted.synthesize(ws), source.synthesize(ws))
        assert torch.equal(converted.w_avg, source.w_avg)
        assert (converted.config, converted.fingerprint) == (source.config, source.fingerprint)
        said = metadata(target)
        said.pop("fice.config")
        assert said == {
            "fice.kind": "stylegan2",
            "architecture": "StyleGAN2, skip",
            "resolution": resolution,
            "licence": "CC0-1.0",
            "source_file": file,
            "source_sha256": sha256(DATA / file),
        }

    def test_of_an_e4e_file(self, e4e_file, target, generator):
        convert(e4e_file, target, kind="generator")
        ws = torch.randn(1, generator.num_ws, generator.w_dim)
        torch.testing.assert_close(
            load_generator(target).synthesize(ws), generator.synthesize(ws), rtol=0, atol=1e-5
        )

    def test_alias_free_is_refused(self, target):
        with pytest.raises(CheckpointError, match="alias-free StyleGAN3"):
            convert(DATA / "sg3t_64_alias_free.pkl", target)
        assert not target.exists()


class TestOthers:
    def test_encoder(self, e4e_file, target):
        assert convert(e4e_file, target).architecture == "e4e, 8 codes"
        source, converted = load_encoder(e4e_file), load_encoder(target)
        image = torch.rand(1, 3, 64, 64)
        assert converted.config == source.config
        assert torch.equal(converted(image), source(image))
        assert metadata(target)["licence"] == "unknown"

    @pytest.mark.parametrize("with_uv", [False, True])
    def test_chart(self, target, with_uv):
        path = DATA / "densepose_small_modelzoo_format.pkl"
        assert convert(path, target).architecture == "DensePose R_50_FPN"
        source, converted = (load_chart(file, with_uv=with_uv) for file in (path, target))
        image = torch.rand(1, 3, 64, 64)
        expected, actual = source(image), converted(image)
        assert torch.equal(actual.fine_segm, expected.fine_segm)
        assert torch.equal(actual.coarse_segm, expected.coarse_segm)
        assert (actual.u is None) == (not with_uv)
        assert not with_uv or torch.equal(actual.u, expected.u)

    def test_segmenter(self, tmp_path, target):
        torch.manual_seed(0)
        state = {**DeepLab().state_dict(), "loss.weight": torch.ones(3)}
        torch.save({"state": state}, tmp_path / "segmentator.pt")
        convert(tmp_path / "segmentator.pt", target)
        source, converted = load_segmenter(tmp_path / "segmentator.pt"), load_segmenter(target)
        image = torch.rand(1, 3, 32, 32)
        assert torch.equal(converted(image).head, source(image).head)

    def test_clip_keeps_half_precision(self, target):
        path = DATA / "clip_tiny_torchscript.pt"
        convert(path, target)
        source, converted = load_clip(path), load_clip(target)
        image = torch.rand(1, 3, 64, 64)
        assert torch.equal(converted.encode_image(image), source.encode_image(image))
        assert converted.fingerprint == source.fingerprint
        assert target.stat().st_size < 1.05 * path.stat().st_size

    def test_segformer(self, tmp_path, target):
        transformers = pytest.importorskip("transformers")
        labels = dict(enumerate(["background", "face", "top"]))
        config = transformers.SegformerConfig(
            hidden_sizes=[8] * 4, depths=[1] * 4, num_attention_heads=[1] * 4,
            decoder_hidden_size=8, id2label=labels,
        )  # fmt: skip
        folder = tmp_path / "parser"
        transformers.SegformerForSemanticSegmentation(config).save_pretrained(folder)
        (folder / "preprocessor_config.json").write_text(json.dumps({"size": 64}))
        convert(folder, target)
        image = torch.rand(1, 3, 40, 32)
        source, converted = load_segmenter(folder), load_segmenter(target)
        assert converted.size == (64, 64)
        assert torch.equal(converted(image).garment, source(image).garment)
        assert metadata(target)["source_file"] == "model.safetensors"


class TestErrors:
    def test_unknown_content(self, tmp_path, target):
        save_file({"x": torch.zeros(1)}, tmp_path / "x.safetensors")
        with pytest.raises(
            CheckpointError, match=r"x\.safetensors: .* does not hold a network that FICE knows"
        ):
            convert(tmp_path / "x.safetensors", target)

    def test_wrong_kind(self, target):
        with pytest.raises(CheckpointError, match=r"is a StyleGAN2 generator, not a W\+ encoder"):
            convert(DATA / "rosinality_64.pt", target, kind="encoder")

    def test_already_native(self, target):
        convert(DATA / "rosinality_64.pt", target)
        with pytest.raises(CheckpointError, match="already a native file"):
            convert(target, target.with_name("again.safetensors"))

    def test_incomplete_generator(self, tmp_path, target, generator):
        state = generator.state_dict()
        state.pop("synthesis.b8.conv1.bias")
        torch.save({"G": state, "G_kwargs": {}}, tmp_path / "generator.pt")
        with pytest.raises(CheckpointError, match=r"conv1\.bias is missing"):
            convert(tmp_path / "generator.pt", target)

    def test_suffix(self, tmp_path):
        with pytest.raises(CheckpointError, match=r"has to end in \.safetensors"):
            convert(DATA / "rosinality_64.pt", tmp_path / "out.pt")

    def test_place_that_cannot_be_written(self, tmp_path):
        (tmp_path / "file").touch()
        with pytest.raises(FiceError, match="cannot be written"):
            convert(DATA / "rosinality_64.pt", tmp_path / "file" / "a.safetensors")


MEASURE = """
import sys
from pathlib import Path
import fice.checkpoints.convert as module  # imports are not what is measured
from tools.weights.memory_growth import memory_growth
source, target, small = map(Path, sys.argv[1:])
module.convert(small, target)  # loads what the program itself needs
with memory_growth() as grown:
    module.convert(source, target)
print(grown.bytes)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc/self")
def test_peak_memory(tmp_path, target):
    """Under 1.3 times the size of the file, beside what the program itself takes."""
    from fice.networks.stylegan2 import Generator, GeneratorConfig

    channels = {4: 512, 8: 512, 16: 512, 32: 512, 64: 512, 128: 256, 256: 128}
    config = GeneratorConfig(z_dim=512, w_dim=512, resolution=256, channels=channels)
    path = tmp_path / "generator.pt"
    state = Generator(config).state_dict()
    torch.save({"G": state, "G_kwargs": {}, "D": {"x": torch.zeros(20_000_000)}}, path)
    assert path.stat().st_size > 190e6
    small = DATA / "generator_64_fice_format.pt"
    command = [sys.executable, "-c", MEASURE, path, target, small]
    run = subprocess.run(command, capture_output=True, text=True, check=True, cwd=DATA.parents[2])
    assert int(run.stdout) < 1.3 * path.stat().st_size
