from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest
import torch

from fice.base.errors import CheckpointError, PairingError
from fice.base.pairing import check_encoder
from fice.checkpoints import save_generator, save_module
from fice.checkpoints.chart import COMPACT_CHART_KIND
from fice.checkpoints.clip import CLIP_KIND
from fice.checkpoints.encoder import COMPACT_ENCODER_KIND
from fice.checkpoints.segmenter import COMPACT_REGIONS_KIND
from fice.inversion import PAPER, InversionConfig
from fice.networks.perceptors.clip import OpenClip
from fice.networks.perceptors.clip_model import ClipConfig
from fice.networks.perceptors.compact_regions import CompactRegions, CompactRegionsConfig
from fice.pipeline.edit import edit
from fice.pipeline.model_files import SET_FILE, write_set
from fice.pipeline.models import load_models


def test_a_public_set_that_is_not_there_names_its_command(tmp_path):
    with pytest.raises(CheckpointError, match=r"fice models get photos`"):
        load_models(tmp_path / "fice" / "photos")


def test_sizes_must_agree(tiny_models):
    encoder = SimpleNamespace(num_ws=14, w_dim=512)
    with pytest.raises(PairingError, match=r"predicts 14 layers of 512 numbers, .* takes 6 of 8"):
        replace(tiny_models, encoder=encoder)


def test_encoder_of_another_generator(tiny_models):
    encoder = SimpleNamespace(num_ws=6, w_dim=8, generator_fingerprint="other")
    with pytest.raises(PairingError, match="trained for the generator other"):
        check_encoder(tiny_models.generator, encoder)


def test_encoder_that_names_no_generator_is_believed(tiny_models):
    check_encoder(tiny_models.generator, SimpleNamespace(num_ws=6, w_dim=8))


def test_encoder_that_looks_at_other_proportions(tiny_models):
    """One of squares would be shown every person squashed."""
    height, width = tiny_models.generator.resolution
    encoder = SimpleNamespace(num_ws=6, w_dim=8, image_size=(2 * height, 2 * width))
    check_encoder(tiny_models.generator, encoder)
    encoder.image_size = (height, 2 * width)
    with pytest.raises(PairingError, match=r"looks at images of \d+x\d+ pixels, the generator"):
        check_encoder(tiny_models.generator, encoder)


def test_missing_files_are_named(tmp_path):
    (tmp_path / "clip.safetensors").touch()
    with pytest.raises(
        CheckpointError, match=r"lacks generator\.safetensors or generator\.pt, encoder"
    ):
        load_models(tmp_path)


@pytest.fixture
def folder(tmp_path, tiny_models):
    """A folder with a whole set, as a user would put it together."""
    generator = tiny_models.generator
    save_generator(tmp_path / "generator.safetensors", generator)
    save_module(tmp_path / "encoder.safetensors", COMPACT_ENCODER_KIND, tiny_models.encoder)
    save_module(tmp_path / "chart.safetensors", COMPACT_CHART_KIND, tiny_models.chart)
    regions = CompactRegions(CompactRegionsConfig(widths=(4, 8)))
    save_module(tmp_path / "regions.safetensors", COMPACT_REGIONS_KIND, regions)
    clip = OpenClip(
        ClipConfig(
            embed_dim=8,
            vision_cfg={"image_size": 16, "layers": 1, "width": 64, "patch_size": 8},
            text_cfg={"context_length": 16, "width": 64, "heads": 1, "layers": 1},
        )
    )
    save_module(tmp_path / "clip.safetensors", CLIP_KIND, clip, dtype=torch.float16)
    return tmp_path


def test_a_set_is_called_by_its_folder_alone(folder, monkeypatch):
    """The name goes into reports and saved edits, which others get to see."""
    monkeypatch.chdir(folder)
    for path in (folder, str(folder), "."):
        assert load_models(path).name == folder.name


def test_a_folder_does_a_whole_edit(folder, photo, tiny_models):
    models = load_models(folder)
    ws = tiny_models.encoder(photo[None])
    torch.testing.assert_close(
        models.generator.synthesize(ws), tiny_models.generator.synthesize(ws)
    )
    recipe = replace(PAPER, inversion=InversionConfig(steps=3))
    result = edit(photo, "a red dress", models=models, recipe=recipe, region="head")
    assert result.report["generator"] == models.generator.fingerprint != ""
    assert result.image.isfinite().all()


def test_loaded_inside_inference_mode_it_can_still_be_optimised(folder, photo):
    with torch.inference_mode():
        models = load_models(folder)
        recipe = replace(PAPER, inversion=InversionConfig(steps=2))
        result = edit(photo, "a red dress", models=models, recipe=recipe, region="head")
    assert len(result.losses["clip"]) == 2


def test_the_generator_is_readied_for_many_drawings(folder):
    generator = load_models(str(folder)).generator
    assert generator.synthesis.b4.conv1.energy is not None


def test_names_of_fices_archive(folder):
    """What a file is called says nothing about its format."""
    theirs = {"generator": "generator.pt", "encoder": "e4e.pt", "clip": "RN50x4.pt",
              "chart": "densepose.pkl", "regions": "segmentator.pt"}  # fmt: skip
    for ours, name in theirs.items():
        (folder / f"{ours}.safetensors").rename(folder / name)
    assert load_models(folder).name == folder.name


class TestSetFile:
    """`set.json` names files that lie elsewhere."""

    @pytest.fixture
    def named(self, folder, tmp_path):
        """A set of files outside of its folder."""
        place = tmp_path / "fice" / "photos"
        files = {
            part: path.rename(tmp_path / f"their {path.name}")
            for part, path in ((path.stem, path) for path in sorted(folder.glob("*.safetensors")))
        }
        write_set(place, files)
        return place

    def test_loads(self, named):
        assert load_models(named).name == "photos"

    def test_names_are_relative_so_that_the_disk_may_move(self, named, tmp_path):
        assert str(tmp_path) not in (named / SET_FILE).read_text()
        moved = tmp_path.with_name("moved")
        tmp_path.rename(moved)
        assert load_models(moved / "fice" / "photos").name == "photos"

    def test_a_named_file_that_is_gone(self, named, tmp_path):
        (tmp_path / "their clip.safetensors").unlink()
        with pytest.raises(CheckpointError, match=r"lacks clip .*their clip.*models get photos"):
            load_models(named)

    @pytest.mark.parametrize(
        "content",
        ["{", "[]", "{}", '{"clip": 1}', '{"other": "a.pt"}', " " * (1 << 17), "[" * 9999],
    )
    def test_damaged(self, named, content):
        (named / SET_FILE).write_text(content)
        with pytest.raises(CheckpointError, match=r"set\.json .* Delete it"):
            load_models(named)
