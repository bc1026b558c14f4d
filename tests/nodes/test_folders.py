"""Folders of weights beside those of other packs, with a host of two functions."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]
CATEGORY = "densepose"


@pytest.fixture
def host(monkeypatch, tmp_path):
    """Stands for the host's `folder_paths`, as far as folders are made known to it."""
    paths = ModuleType("folder_paths")
    paths.models_dir = str(tmp_path)
    paths.folder_names_and_paths = {}

    def add(category, place, is_default=False):
        places, _ = paths.folder_names_and_paths.setdefault(category, ([], set()))
        if place not in places:
            places.insert(0 if is_default else len(places), place)

    paths.add_model_folder_path = add
    paths.get_filename_list = lambda _: ["ours.PKL", "theirs.onnx", "readme"]
    monkeypatch.setitem(sys.modules, "folder_paths", paths)
    return paths


@pytest.fixture
def folder(host, monkeypatch):
    """Our folder; the package around it is empty, so that no node asks for more of the host."""
    for name, place in {"pack": ROOT, "pack.nodes": ROOT / "nodes"}.items():
        package = ModuleType(name)
        package.__path__ = [str(place)]
        monkeypatch.setitem(sys.modules, name, package)
    loaded = set(sys.modules)
    yield importlib.import_module("pack.nodes.host.folders").ModelFolder(CATEGORY)
    for name in set(sys.modules) - loaded:
        if name.startswith("pack."):
            del sys.modules[name]


def test_a_new_category_has_our_suffixes(host, folder):
    folder.register()
    assert host.folder_names_and_paths[CATEGORY][1] == folder.suffixes


def test_suffixes_of_another_pack_stay(host, folder):
    host.folder_names_and_paths[CATEGORY] = (["/theirs"], {".onnx"})
    folder.register()
    places, suffixes = host.folder_names_and_paths[CATEGORY]
    assert places == [str(Path(host.models_dir) / CATEGORY), "/theirs"]
    assert suffixes == {".onnx", *folder.suffixes}


def test_a_category_that_lists_all_files_still_does(host, folder):
    host.folder_names_and_paths[CATEGORY] = (["/theirs"], set())
    folder.register()
    assert host.folder_names_and_paths[CATEGORY][1] == set()


def test_our_loaders_offer_our_own_files(folder):
    assert folder.files() == ["ours.PKL"]


@pytest.mark.parametrize("listed", ["Größe 2/ours.pt", "Größe 2\\ours.pt"])
@pytest.mark.parametrize("asked", ["Größe 2/ours.pt", "Größe 2\\ours.pt"])
def test_a_workflow_of_another_system_finds_its_files(host, folder, tmp_path, listed, asked):
    host.get_filename_list = lambda _: [listed]
    host.get_folder_paths = lambda _: [str(tmp_path)]
    (tmp_path / "Größe 2").mkdir()
    (tmp_path / "Größe 2" / "ours.pt").touch()
    assert folder.find(asked) == tmp_path / "Größe 2" / "ours.pt"
    assert folder.find("Größe 3/ours.pt") is None
