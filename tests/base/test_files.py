from __future__ import annotations

import os

import pytest

from fice.base.errors import FiceError
from fice.base.files import check_writable, read_text, write_whole


def test_writes_into_a_new_folder(tmp_path):
    write_whole(tmp_path / "new" / "file.bin", b"content")
    assert (tmp_path / "new" / "file.bin").read_bytes() == b"content"


def test_a_failure_leaves_the_old_file_and_no_rest(tmp_path, monkeypatch):
    def fail(*_):
        raise OSError(28, "No space left on device")

    path = tmp_path / "file.bin"
    path.write_bytes(b"old")
    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(FiceError, match=r"file\.bin cannot be written: No space left"):
        write_whole(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


class TestReadText:
    @pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
    def test_with_and_without_a_byte_order_mark(self, tmp_path, mark):
        (tmp_path / "a.txt").write_bytes(mark + "café\r\n".encode())
        assert read_text(str(tmp_path / "a.txt")) == read_text(tmp_path / "a.txt") == "café\n"

    @pytest.mark.parametrize(
        ("encoding", "why"), [("cp1252", "byte 4 is 0xe9"), ("utf-16", "it is UTF-16")]
    )
    def test_another_encoding_is_told_with_the_name_and_what_to_do(self, tmp_path, encoding, why):
        (tmp_path / "a.txt").write_bytes("café au lait".encode(encoding))
        with pytest.raises(FiceError, match=rf"a\.txt is not text in UTF-8 \({why}\). Save it"):
            read_text(tmp_path / "a.txt")

    def test_missing(self, tmp_path):
        with pytest.raises(FiceError, match=r"a\.txt cannot be read: No such file"):
            read_text(tmp_path / "a.txt")


class TestCheckWritable:
    def test_makes_nothing(self, tmp_path):
        path = tmp_path / "new" / "folder" / "file.bin"
        assert check_writable(str(path)) == path
        assert list(tmp_path.iterdir()) == []

    def test_a_folder(self, tmp_path):
        with pytest.raises(FiceError, match="is a folder; give the name of a file"):
            check_writable(tmp_path)

    def test_inside_a_file(self, tmp_path):
        (tmp_path / "file").write_text("")
        with pytest.raises(FiceError, match=r"cannot be written: .*file is not a folder"):
            check_writable(tmp_path / "file" / "new" / "file.bin")

    def test_a_folder_that_is_not_ours(self, tmp_path, monkeypatch):
        monkeypatch.setattr(os, "access", lambda *_: False)
        with pytest.raises(FiceError, match="does not allow it"):
            check_writable(tmp_path / "file.bin")
