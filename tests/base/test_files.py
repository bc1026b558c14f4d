from __future__ import annotations

import os

import pytest

from fice.base.errors import FiceError
from fice.base.files import check_writable, read_text, replacing, take_place, write_whole


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


class TestOpenElsewhere:
    """Windows does not let a file be replaced that a program has open, or mapped into memory."""

    @pytest.fixture(autouse=True)
    def _no_waiting(self, monkeypatch):
        monkeypatch.setattr("time.sleep", lambda _: None)

    @pytest.fixture
    def refused(self, monkeypatch):
        """Every try to replace a file."""
        tries = []

        def refuse(source, target):
            tries.append(target)
            raise PermissionError(13, "Access is denied")

        monkeypatch.setattr(os, "replace", refuse)
        return tries

    @pytest.mark.usefixtures("refused")
    def test_old_and_new_are_both_there_and_a_sentence_tells(self, tmp_path):
        path = tmp_path / "look.safetensors"
        path.write_bytes(b"old")
        for name, new in (("look.new", b"new"), ("look.new-2", b"newer")):
            with pytest.raises(FiceError, match=rf"another program has it open.* {name}\.safe"):
                write_whole(path, new)
            assert (tmp_path / f"{name}.safetensors").read_bytes() == new
        assert path.read_bytes() == b"old"
        assert len(list(tmp_path.iterdir())) == 3

    @pytest.mark.usefixtures("refused")
    def test_what_cannot_be_renamed_either_stays_where_it_was(self, tmp_path, monkeypatch):
        monkeypatch.setattr(os, "rename", os.replace)
        with pytest.raises(FiceError, match=r"is \.a\.bin\.\w+ beside it"):
            write_whole(tmp_path / "a.bin", b"new")
        (kept,) = tmp_path.iterdir()
        assert kept.read_bytes() == b"new"

    def test_a_moment_is_waited_for(self, tmp_path, monkeypatch):
        replace, tries = os.replace, []

        def once_refused(source, target):
            tries.append(target)
            if len(tries) == 1:
                raise PermissionError(13, "Access is denied")
            replace(source, target)

        monkeypatch.setattr(os, "replace", once_refused)
        write_whole(tmp_path / "a.bin", b"new")
        assert [one.read_bytes() for one in tmp_path.iterdir()] == [b"new"]

    @pytest.mark.usefixtures("refused")
    def test_a_download_stays_too(self, tmp_path):
        for name in ("a.bin", "a.bin.part"):
            (tmp_path / name).write_text(name)
        with pytest.raises(FiceError, match=r"is a\.bin\.part beside it"):
            take_place(tmp_path / "a.bin.part", tmp_path / "a.bin")
        assert all(one.read_text() == one.name for one in tmp_path.iterdir())

    def test_what_fails_while_it_is_written_leaves_nothing(self, tmp_path):
        with pytest.raises(FiceError, match="cannot be written"), replacing(tmp_path / "a.bin"):
            raise PermissionError(13, "Access is denied")
        assert list(tmp_path.iterdir()) == []


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
