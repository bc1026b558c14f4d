"""What other packs have on disk, by names alone."""

from __future__ import annotations

import builtins
from pathlib import Path

import pytest
from artist_disk import AUX, ELSEWHERE, TORCHSCRIPT, draw_disk

from fice.checkpoints.elsewhere import (
    CONTROLNET_AUX_VARIABLE,
    HostFolders,
    controlnet_aux_folder,
    found_elsewhere,
)

DL = f"LayerNorm/{TORCHSCRIPT}/densepose_r50_fpn_dl.torchscript"


@pytest.fixture(autouse=True)
def _no_variable(monkeypatch):
    monkeypatch.delenv(CONTROLNET_AUX_VARIABLE, raising=False)


@pytest.fixture
def folders(tmp_path):
    draw_disk(tmp_path)
    return HostFolders(tmp_path / "models", [tmp_path / "custom_nodes"])


@pytest.mark.parametrize("part", ELSEWHERE)
def test_the_right_names(folders, part):
    found = found_elsewhere(part, folders)
    assert sorted(found) == sorted(ELSEWHERE[part])
    assert all(path.is_file() for path in found.values())


def test_nothing_is_opened(folders, monkeypatch):
    def refuse(path, *_, **__):
        raise AssertionError(f"{path} was opened")

    (folders.custom_nodes[0] / "comfyui_controlnet_aux" / "config.yaml").unlink(missing_ok=True)
    monkeypatch.setattr(builtins, "open", refuse)
    monkeypatch.setattr(Path, "open", refuse)
    for part in ELSEWHERE:
        assert len(found_elsewhere(part, folders)) == len(ELSEWHERE[part])


def test_an_empty_machine(tmp_path):
    for part in ELSEWHERE:
        assert found_elsewhere(part, HostFolders(tmp_path / "none", [tmp_path / "neither"])) == {}


def test_folders_that_the_host_counts_to_one_of_its_own(folders, tmp_path):
    (tmp_path / "big disk").mkdir()
    (tmp_path / "big disk" / "clip-vit-base-patch16.bin").touch()
    (tmp_path / "big disk" / "clip_l.safetensors").touch()
    more = {
        "clip_vision": [tmp_path / "big disk"],
        "text_encoders": [tmp_path / "big disk"],
        "loras": [tmp_path / "big disk"],
    }
    found = found_elsewhere("clip", HostFolders(folders.models, (), more))
    assert found["clip_vision/clip-vit-base-patch16.bin"].parent.name == "big disk"
    assert found["text_encoders/clip_l.safetensors"].parent.name == "text_encoders"
    assert not any(name.startswith("loras/") for name in found)


class TestControlnetAux:
    """Its user may keep the files elsewhere; their names stay."""

    @pytest.fixture
    def moved(self, tmp_path):
        file = tmp_path / "moved" / DL
        file.parent.mkdir(parents=True)
        file.touch()
        return tmp_path / "moved"

    def offered(self, folders):
        aux = {k: v for k, v in found_elsewhere("chart", folders).items() if "controlnet_aux" in k}
        assert f"{AUX}/{DL}" in aux
        return aux[f"{AUX}/{DL}"]

    def test_by_the_variable(self, folders, moved, monkeypatch):
        monkeypatch.setenv(CONTROLNET_AUX_VARIABLE, str(moved))
        assert self.offered(folders) == moved / DL

    @pytest.mark.parametrize("line", ['annotator_ckpts_path: "{}"', "annotator_ckpts_path: {}  "])
    def test_by_its_settings(self, folders, moved, line):
        settings = folders.custom_nodes[0] / "comfyui_controlnet_aux" / "config.yaml"
        settings.write_text(f"# mine\n{line.format(moved.as_posix())}\ncustom_temp_path: /tmp\n")
        assert self.offered(folders) == moved / DL

    def test_by_a_path_relative_to_it(self, folders):
        pack = folders.custom_nodes[0] / "comfyui_controlnet_aux"
        (pack / "config.yaml").write_text("annotator_ckpts_path: ./ckpts\n")
        assert self.offered(folders).is_file()

    def test_settings_that_say_nothing(self, folders):
        pack = folders.custom_nodes[0] / "comfyui_controlnet_aux"
        (pack / "config.yaml").write_bytes(b"\xff\xfe")
        assert controlnet_aux_folder(folders.custom_nodes) == pack / "ckpts"

    def test_pack_folder_in_another_case(self, folders):
        pack = folders.custom_nodes[0] / "comfyui_controlnet_aux"
        pack.rename(pack.with_name("ComfyUI_ControlNet_Aux"))
        assert self.offered(folders).is_file()

    def test_without_the_pack(self, tmp_path):
        assert controlnet_aux_folder([tmp_path]) is None
