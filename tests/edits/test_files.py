from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from fice.base.errors import CheckpointError
from fice.edits import LatentEdit, load_edit, open_thumbnail, save_edit, thumbnail_of
from fice.edits.files import LARGEST_FILE


def an_edit(num_ws=18, w_dim=512, thumbnail=b""):
    delta = torch.randn(num_ws, w_dim, generator=torch.Generator().manual_seed(0))
    settings = {"recipe": "tuned", "seed": 3, "weights": {"clip": 1.0}, "moving": ["texture"]}
    return LatentEdit(
        delta, delta.flip(0), "0123456789abcdef", "ein rotes Kleid 裙", settings, thumbnail
    )


def test_round_trip(tmp_path):
    edit = an_edit(thumbnail=b"\x89PNG\x00")
    path = tmp_path / "folder" / "red.safetensors"
    save_edit(path, edit)
    loaded = load_edit(path)
    assert torch.equal(loaded.delta, edit.delta.half().float())
    assert torch.equal(loaded.start, edit.start.half().float())
    assert (loaded.generator, loaded.text, loaded.settings, loaded.thumbnail) == (
        edit.generator,
        edit.text,
        edit.settings,
        edit.thumbnail,
    )


def test_the_worst_case_is_small(tmp_path):
    noise = torch.rand(3, 500, 300, generator=torch.Generator().manual_seed(0))
    save_edit(tmp_path / "a.safetensors", an_edit(thumbnail=thumbnail_of(noise)))
    assert (tmp_path / "a.safetensors").stat().st_size < LARGEST_FILE


def test_thumbnail_is_a_small_png():
    ramp = torch.linspace(0, 1, 512).expand(3, 384, 512)
    picture = cv2.imdecode(np.frombuffer(thumbnail_of(ramp), np.uint8), cv2.IMREAD_COLOR)
    assert picture.shape == (120, 160, 3)


def test_thumbnail_opens_again():
    ramp = torch.linspace(0, 1, 48).expand(3, 32, 48) * torch.tensor([1.0, 0.5, 0.0]).view(3, 1, 1)
    assert (open_thumbnail(thumbnail_of(ramp)) - ramp).abs().max() < 0.01
    with pytest.raises(CheckpointError, match="thumbnail"):
        open_thumbnail(b"")
    with pytest.raises(CheckpointError, match="thumbnail"):
        open_thumbnail(b"no picture")


def test_a_small_picture_is_not_enlarged():
    png = thumbnail_of(torch.rand(3, 16, 12))
    assert cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR).shape == (16, 12, 3)


def test_too_large_or_not_finite(tmp_path):
    path = tmp_path / "a.safetensors"
    with pytest.raises(CheckpointError, match="smaller thumbnail"):
        save_edit(path, an_edit(thumbnail=b"x" * LARGEST_FILE))
    with pytest.raises(CheckpointError, match="NaN"):
        save_edit(path, LatentEdit(torch.full((6, 8), float("nan")), torch.zeros(6, 8), "a"))
    assert not path.exists()


class TestDamage:
    def refused(self, path, match):
        with pytest.raises(CheckpointError, match=match):
            load_edit(path)

    def saved(self, tmp_path, tensors=None, **metadata):
        path = tmp_path / "a.safetensors"
        keys = {"fice.kind": "latent_edit", **{f"fice.{k}": v for k, v in metadata.items()}}
        codes = {"delta": torch.zeros(6, 8), "start": torch.zeros(6, 8), **(tensors or {})}
        save_file(codes, str(path), metadata=keys)
        return path

    def test_missing(self, tmp_path):
        self.refused(tmp_path / "none.safetensors", "no saved edit none")

    def test_not_safetensors(self, tmp_path):
        path = tmp_path / "a.safetensors"
        path.write_bytes(b"hello")
        self.refused(path, "not a readable")

    def test_a_network(self, tmp_path):
        path = self.saved(tmp_path, {"weight": torch.zeros(200, 200)})
        self.refused(path, "too large")

    def test_another_kind(self, tmp_path):
        generator = "is a StyleGAN2 generator, not a saved edit. It belongs in models/stylegan2"
        self.refused(self.saved(tmp_path, kind="stylegan2"), generator)
        self.refused(self.saved(tmp_path, kind="x"), "is not a saved edit")

    def test_no_delta(self, tmp_path):
        path = tmp_path / "a.safetensors"
        save_file({"other": torch.zeros(2, 2)}, str(path), metadata={"fice.kind": "latent_edit"})
        self.refused(path, "not a readable")

    @pytest.mark.parametrize(
        "delta",
        [torch.zeros(8), torch.zeros(2, 2, dtype=torch.int64), torch.full((2, 2), torch.inf)],
    )
    def test_delta(self, tmp_path, delta):
        self.refused(self.saved(tmp_path, {"delta": delta}), "not finite W")
        self.refused(self.saved(tmp_path, {"start": delta}), "not finite W")

    def test_sizes_that_differ(self, tmp_path):
        self.refused(self.saved(tmp_path, {"start": torch.zeros(6, 4)}), "not finite W")

    def test_settings(self, tmp_path):
        self.refused(self.saved(tmp_path, settings="[1"), "settings")
        self.refused(self.saved(tmp_path, settings="[1]"), "settings")

    def test_thumbnail(self, tmp_path):
        self.refused(self.saved(tmp_path, thumbnail="§"), "thumbnail")


def test_a_file_that_is_not_there_is_missed_in_a_folder_with_a_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(CheckpointError, match=r"edit a\.safetensors in the current folder\."):
        load_edit(Path("a.safetensors"))
    with pytest.raises(CheckpointError, match=r"edit a\.safetensors in sets\."):
        load_edit(Path("sets") / "a.safetensors")


def test_mode_that_is_not_known(tmp_path):
    path = tmp_path / "a.safetensors"
    metadata = {"fice.kind": "latent_edit", "fice.only_mode": "both"}
    save_file({"delta": torch.zeros(6, 8), "start": torch.zeros(6, 8)}, str(path), metadata)
    with pytest.raises(CheckpointError, match="applies in no mode"):
        load_edit(path)
