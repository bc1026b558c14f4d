from __future__ import annotations

import logging
import shutil

import pytest
from node_files import load_node_file

photos = load_node_file("host/template_photos.py")


@pytest.fixture
def shipped(tmp_path):
    folder = tmp_path / "shipped"
    (folder / "a folder").mkdir(parents=True)
    (folder / "one.png").write_bytes(b"one")
    (folder / "two.jpg").write_bytes(b"two")
    return folder


def test_missing_photos_are_put_there_and_others_left(tmp_path, shipped):
    target = tmp_path / "input"
    target.mkdir()
    (target / "one.png").write_bytes(b"the user's")
    photos.offer_photos(shipped, target)
    assert {path.name: path.read_bytes() for path in target.iterdir()} == {
        "one.png": b"the user's",
        "two.jpg": b"two",
    }


def test_a_folder_that_cannot_be_written_is_told_once(tmp_path, shipped, caplog):
    target = tmp_path / "input"
    target.write_text("a file, into which not even root can write another")
    with caplog.at_level(logging.WARNING):
        photos.offer_photos(shipped, target)
    assert len(caplog.records) == 1
    assert str(target) in caplog.text


def test_a_pack_without_its_photos(tmp_path, caplog):
    photos.offer_photos(tmp_path / "nowhere", tmp_path / "input")
    assert len(caplog.records) == 1


def test_a_full_disk_leaves_no_half_photo(tmp_path, shipped, monkeypatch):
    def fill(_, target):
        target.write_bytes(b"o")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(shutil, "copyfile", fill)
    photos.offer_photos(shipped, tmp_path / "input")
    assert list((tmp_path / "input").iterdir()) == []
