"""What the Load nodes offer and find on the disk of an artist, with a host of a few functions."""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path
from types import ModuleType

import pytest
from artist_disk import ELSEWHERE, OWN, draw_disk

from fice.checkpoints.elsewhere import CONTROLNET_AUX_VARIABLE
from fice.checkpoints.published import PUBLIC_MODEL_SETS

ROOT = Path(__file__).parents[2]
FOLDERS = {
    "generator": "GENERATORS",
    "encoder": "ENCODERS",
    "clip": "CLIP_GUIDES",
    "chart": "CHARTS",
    "segmenter": "SEGMENTERS",
}


class Host(ModuleType):
    """Stands for the host's `folder_paths`."""

    def __init__(self, base):
        super().__init__("folder_paths")
        self.models_dir = str(base / "models")
        self.folder_names_and_paths = {
            "clip_vision": ([str(base / "models" / "clip_vision")], {".safetensors"}),
            "custom_nodes": ([str(base / "custom_nodes")], set()),
        }

    def add_model_folder_path(self, category, place, **_):
        self.folder_names_and_paths.setdefault(category, ([], set()))[0].append(place)

    def get_folder_paths(self, category):
        return self.folder_names_and_paths[category][0]

    def get_filename_list(self, category):
        places, suffixes = self.folder_names_and_paths[category]
        return [
            os.path.relpath(file, place)
            for place in places
            for file in sorted(Path(place).rglob("*"))
            if file.is_file() and file.suffix in suffixes
        ]


@pytest.fixture
def base(tmp_path):
    return draw_disk(tmp_path)


@pytest.fixture
def pack(base, monkeypatch):
    """The modules of our nodes; the packages around them are empty, as in `test_folders`."""
    monkeypatch.delenv(CONTROLNET_AUX_VARIABLE, raising=False)
    monkeypatch.setitem(sys.modules, "folder_paths", Host(base))
    places = {"pack": ROOT, "pack.nodes": ROOT / "nodes", "pack.fice": ROOT / "fice"}
    for name, place in places.items():
        package = ModuleType(name)
        package.__path__ = [str(place)]
        monkeypatch.setitem(sys.modules, name, package)
    loaded = set(sys.modules)
    folders = importlib.import_module("pack.nodes.host.folders")
    for folder in folders.MODEL_FOLDERS:
        folder.register()
    yield importlib.import_module("pack.nodes.load.weights"), folders
    for name in set(sys.modules) - loaded:
        if name.startswith("pack."):
            del sys.modules[name]


@pytest.fixture
def weights(pack):
    """The weights that a loader offers, by the part of an edit."""
    module, folders = pack
    return {part: module.Weights(getattr(folders, name)) for part, name in FOLDERS.items()}


def missing(weights, name):
    with pytest.raises(Exception, match="There is no") as error:
        weights.find(name)
    return str(error.value)


@pytest.mark.parametrize("part", FOLDERS)
def test_every_loader_offers_the_right_names(weights, part):
    demo, *offered = weights[part].choices()
    assert demo.startswith("demo")
    assert offered == [*OWN.get(part, []), *sorted(ELSEWHERE[part])], "ours first"
    for name in offered:
        assert weights[part].find(name).is_file()
        assert not Path(name).is_absolute()


def test_ours_wins(weights, base):
    ours = base / "models" / "stylegan2" / "stylegan" / "stylegan_human_v2_1024.pkl"
    ours.parent.mkdir(parents=True)
    ours.touch()
    assert weights["generator"].find("stylegan/stylegan_human_v2_1024.pkl") == ours
    names = weights["generator"].choices()
    assert names.count("stylegan/stylegan_human_v2_1024.pkl") == 1


@pytest.mark.parametrize(
    ("part", "name"),
    [
        ("segmenter", "mine\\model.safetensors"),
        ("segmenter", "RMBG\\segformer_clothes\\model.safetensors"),
        ("clip", "clip_vision\\SD1.5\\model.safetensors"),
    ],
)
def test_names_saved_on_windows(weights, part, name):
    found = weights[part].find(name)
    assert found == weights[part].find(name.replace("\\", "/"))


def test_edits_saved_on_windows(pack, base):
    _, folders = pack
    edit = base / "models" / "fice_edits" / "shirts" / "red.safetensors"
    edit.parent.mkdir(parents=True)
    edit.touch()
    assert folders.EDITS.find("shirts\\red.safetensors") == edit


@pytest.mark.parametrize(
    "name", ["../vae/vae-ft-mse-840000-ema-pruned.safetensors", "loras/shirt.safetensors", ""]
)
def test_nothing_else_is_reached(weights, name):
    for one in weights.values():
        missing(one, name)


def test_a_missing_public_file_names_its_command(weights, base):
    said = missing(weights["chart"], "densepose_rcnn_R_50_FPN_s1x.pkl")
    assert f'fice models get densepose-r50 --models-dir "{base / "models"}"' in said
    said = missing(weights["segmenter"], "segformer_b3_clothes\\model.safetensors")
    assert "fice models get segformer-b3-clothes" in said


def test_a_missing_unknown_file_names_the_list(weights):
    said = missing(weights["encoder"], "gone.pt")
    assert "fice models list --models-dir" in said
    assert "README" in said


def test_a_missing_set_names_its_command(pack):
    module, folders = pack
    for one in PUBLIC_MODEL_SETS:
        category, _, name = one.folder.partition("/")
        if category == "fice":
            assert f"models get {one.name} " in module.missing(folders.MODEL_SETS, name)
