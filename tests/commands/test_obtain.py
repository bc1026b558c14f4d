"""One file of a set from several addresses, against a server on this machine."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest
from file_server import dead_address, serving

import fice.checkpoints.convert
import fice.commands.download
from fice.base.errors import FiceError
from fice.checkpoints.published import PublicFile
from fice.commands.obtain import kept_of, obtain, state_of

CONTENT = bytes(range(256)) * 40
SHA256 = hashlib.sha256(CONTENT).hexdigest()
OTHER = b"x" * len(CONTENT)


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch):
    monkeypatch.setattr(fice.commands.download, "RETRY_SECONDS", 0.0)


@pytest.fixture
def server():
    with serving() as running:
        yield running


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "models"


def public(*addresses, sha256=SHA256):
    first, *mirrors = addresses
    return PublicFile("g.pkl", first, mirrors=tuple(mirrors), sha256=sha256)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


class TestMirrors:
    """Each address is tried in order, and the user hears why one does not serve."""

    def got(self, file, folder, capsys):
        obtain(file, folder, "MIT")
        assert (folder / "g.pkl").read_bytes() == CONTENT
        assert names(folder) == ["g.pkl"], "nothing half is left"
        assert state_of(file, folder) == "there, as published"
        return capsys.readouterr().err

    def test_the_first_that_serves_is_the_only_one(self, server, folder, capsys):
        file = public(server.serve("/a", CONTENT), server.serve("/b", CONTENT))
        assert "Trying" not in self.got(file, folder, capsys)
        assert server.asked == [("/a", None)]

    def test_dead_host(self, server, folder, capsys):
        file = public(dead_address("/a"), server.serve("/b", CONTENT))
        said = self.got(file, folder, capsys)
        assert "was lost" in said
        assert "run the same command again" not in said
        assert "Trying 127.0.0.1" in said

    def test_not_found(self, server, folder, capsys):
        file = public(server.url("/gone"), server.url("/gone/too"), server.serve("/b", CONTENT))
        assert self.got(file, folder, capsys).count("answers 404") == 2

    def test_wrong_hash(self, server, folder, capsys):
        file = public(server.serve("/a", OTHER), server.serve("/b", CONTENT))
        assert f"expected {SHA256}" in self.got(file, folder, capsys)

    def test_cut_connection_goes_on_from_the_next(self, server, folder, capsys):
        file = public(server.serve("/a", CONTENT, cut_after=4000), server.serve("/b", CONTENT))
        assert "was lost" in self.got(file, folder, capsys)
        assert server.asked[-1] == ("/b", "bytes=4000-")

    def test_half_of_a_wrong_file_is_not_held_against_the_next(self, server, folder, capsys):
        file = public(server.serve("/a", OTHER, cut_after=4000), server.serve("/b", CONTENT))
        self.got(file, folder, capsys)
        assert server.asked[-2:] == [("/b", "bytes=4000-"), ("/b", None)]

    def test_without_a_hash_halves_are_not_mixed(self, server, folder):
        file = public(
            server.serve("/a", OTHER, cut_after=4000), server.serve("/b", CONTENT), sha256=None
        )
        obtain(file, folder, "MIT")
        assert (folder / "g.pkl").read_bytes() == CONTENT
        assert server.asked[-1] == ("/b", None)

    def test_none_serves(self, server, folder):
        file = replace(
            public(server.url("/gone"), server.serve("/b", OTHER)), link="https://a.page"
        )
        with pytest.raises(FiceError, match=r"SHA-256.*with a browser: https://a\.page"):
            obtain(file, folder, "MIT")
        assert names(folder) == []

    def test_a_full_disk_is_no_reason_to_ask_others(self, server, tmp_path):
        (tmp_path / "models").write_text("a file")
        file = public(server.serve("/a", CONTENT), server.serve("/b", CONTENT))
        with pytest.raises(FiceError, match="cannot be written"):
            obtain(file, tmp_path / "models", "MIT")
        assert server.asked == []


class TestOtherWeights:
    """The same network in another file, which does not say which model of open_clip it is."""

    @pytest.fixture
    def file(self, server):
        instead = PublicFile(
            "clip.safetensors",
            mirrors=(server.serve("/clip", CONTENT),),
            clip_model="RN50x4-quickgelu",
        )
        return replace(public(server.url("/gone")), instead=instead)

    @pytest.fixture
    def converted(self, monkeypatch):
        calls = []

        def convert(source, target, **options):
            calls.append((source.read_bytes(), options))
            target.write_bytes(b"converted")

        monkeypatch.setattr(fice.checkpoints.convert, "convert", convert)
        return calls

    def test_are_converted(self, file, folder, converted, capsys):
        obtain(file, folder, "MIT")
        options = {"kind": "clip", "clip_model": "RN50x4-quickgelu", "licence": "MIT"}
        assert converted == [(CONTENT, options)]
        assert names(folder) == ["clip.safetensors"], "the download is not kept"
        assert "Getting clip.safetensors instead" in capsys.readouterr().err

    def test_are_there_afterwards(self, file, folder, server, converted):
        obtain(file, folder, "MIT")
        server.asked.clear()
        obtain(file, folder, "MIT")
        assert server.asked == []
        assert len(converted) == 1
        assert state_of(file, folder) == "there, converted"
        assert kept_of(file, folder) == [folder / "clip.safetensors"]
