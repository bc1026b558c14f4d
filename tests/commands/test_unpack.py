from __future__ import annotations

import io
import os
import tarfile

import pytest

from fice.base.errors import FiceError
from fice.commands.unpack import unpack

MEMBERS = ("generator.pt", "e4e.pt")


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "set"


@pytest.fixture
def pack(tmp_path):
    """Writes an archive of `(name, content)`; content None makes a link to /etc/passwd."""

    def pack(*entries, mode="w:xz"):
        path = tmp_path / "checkpoints.tar.xz"
        with tarfile.open(path, mode) as tar:
            for name, content in entries:
                entry = tarfile.TarInfo(name)
                if content is None:
                    entry.type, entry.linkname = tarfile.SYMTYPE, "/etc/passwd"
                    tar.addfile(entry)
                else:
                    entry.size = len(content)
                    tar.addfile(entry, io.BytesIO(content))
        return path

    return pack


GOOD = (("checkpoints/generator.pt", b"g"), ("./e4e.pt", b"e"))


@pytest.mark.parametrize("mode", ["w", "w:xz", "w:gz"])
def test_known_members_only(pack, folder, mode):
    unpack(pack(*GOOD, ("checkpoints/run.sh", b"rm"), mode=mode), folder, MEMBERS)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == {
        "generator.pt": b"g",
        "e4e.pt": b"e",
    }


@pytest.mark.parametrize(
    "name", ["../generator.pt", "a/../../x", "/etc/x", "..\\x", "C:\\x", "../../evil.pt"]
)
def test_path_tricks(pack, folder, tmp_path, name):
    before = set(tmp_path.iterdir())
    with pytest.raises(FiceError, match=r"tampered with"):
        unpack(pack(*GOOD, (name, b"evil")), folder, MEMBERS)
    assert list(folder.iterdir()) == []
    assert {path.name for path in set(tmp_path.iterdir()) - before} == {
        "set",
        "checkpoints.tar.xz",
    }


def test_link_is_no_member(pack, folder):
    with pytest.raises(FiceError, match=r"lacks e4e\.pt"):
        unpack(pack(GOOD[0], ("e4e.pt", None)), folder, MEMBERS)
    assert list(folder.iterdir()) == []


def test_member_twice(pack, folder):
    with pytest.raises(FiceError, match=r"has e4e\.pt twice"):
        unpack(pack(*GOOD, ("b/e4e.pt", b"other")), folder, MEMBERS)


def test_missing_member_leaves_the_old_files(pack, folder):
    folder.mkdir()
    (folder / "generator.pt").write_text("old")
    with pytest.raises(FiceError, match=r"lacks e4e\.pt"):
        unpack(pack(GOOD[0]), folder, MEMBERS)
    assert (folder / "generator.pt").read_text() == "old"


def test_a_member_that_somebody_has_open(pack, folder, monkeypatch):
    def refuse(source, target):
        raise PermissionError(13, "Access is denied")

    monkeypatch.setattr(os, "replace", refuse)
    monkeypatch.setattr("time.sleep", lambda _: None)
    archive = pack(*GOOD)
    with pytest.raises(FiceError, match=r"generator\.pt cannot be replaced: .*open.* try again"):
        unpack(archive, folder, MEMBERS)
    assert archive.exists()
    assert list(folder.iterdir()) == []


def test_truncated(pack, folder):
    path = pack(("generator.pt", bytes(range(256)) * 999), GOOD[1])
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(FiceError, match="damaged"):
        unpack(path, folder, MEMBERS)
    assert list(folder.iterdir()) == []


def test_no_archive(tmp_path, folder):
    (tmp_path / "page.tar.xz").write_text("<html>")
    with pytest.raises(FiceError, match="is not an archive"):
        unpack(tmp_path / "page.tar.xz", folder, MEMBERS)


def test_no_file(tmp_path, folder):
    with pytest.raises(FiceError, match="No such file"):
        unpack(tmp_path / "none.tar.xz", folder, MEMBERS)
