from __future__ import annotations

import os

import pytest

from fice.base.errors import FiceError
from fice.base.files import write_whole


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
