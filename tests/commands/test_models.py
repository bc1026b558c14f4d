"""The command with sets of small files; downloads are replaced, they have their own tests."""

from __future__ import annotations

import hashlib
import io
import re
import subprocess
import sys
import tarfile

import pytest

import fice.commands.models
import fice.commands.obtain
from fice.checkpoints.published import PUBLIC_MODEL_SETS, PublicFile, PublicModelSet
from fice.commands.main import main

CONTENT = b"weights"
SHA256 = hashlib.sha256(CONTENT).hexdigest()
URL = "https://example.org/"

SETS = (
    PublicModelSet(
        "whole",
        "a title",
        "fice/whole",
        "a licence",
        "a page",
        (
            PublicFile("all.tar.xz", f"{URL}all.tar.xz", members=("a.pt", "b.pkl")),
            PublicFile("clip.pt", f"{URL}clip.pt", sha256=SHA256),
        ),
    ),
    PublicModelSet(
        "by-hand", "x", "stylegan2", "x", "x", (PublicFile("g.pkl", link="https://a.page"),)
    ),
)


def archive():
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:xz") as tar:
        for name in ("x/a.pt", "x/b.pkl"):
            entry = tarfile.TarInfo(name)
            entry.size = len(CONTENT)
            tar.addfile(entry, io.BytesIO(CONTENT))
    return buffer.getvalue()


def test_a_reader_that_has_enough():
    """`fice models list | head`: no traceback, and the exit code of a closed pipe."""
    command = [sys.executable, "-m", "fice", "models", "list"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 141


@pytest.fixture
def sets(monkeypatch):
    monkeypatch.setattr(fice.commands.models, "PUBLIC_MODEL_SETS", SETS)


@pytest.fixture
def served(monkeypatch):
    """What the internet holds, and which addresses were asked for."""
    files, asked = {f"{URL}all.tar.xz": archive(), f"{URL}clip.pt": CONTENT}, []

    def download(url, target, expected, advance):
        asked.append(url)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(files[url])
        advance(len(files[url]), len(files[url]))

    monkeypatch.setattr(fice.commands.obtain, "download", download)
    return asked


@pytest.fixture
def run(tmp_path, capsys):
    def run(command, *arguments):
        folder = str(tmp_path / "models")
        code = main(["models", command, *map(str, arguments), "--models-dir", folder])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def names(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.usefixtures("sets")
class TestGet:
    @pytest.mark.usefixtures("served")
    def test_downloads_and_unpacks(self, run, tmp_path):
        code, out, err = run("get", "whole")
        assert code == 0
        assert names(tmp_path / "models/fice/whole") == ["a.pt", "b.pkl", "clip.pt"]
        assert "a licence" in out
        assert "clip.pt: 7.00/7.00B" in err

    def test_what_is_there_is_not_fetched_again(self, run, served):
        run("get", "whole")
        served.clear()
        assert run("get", "whole")[0] == 0
        assert served == []

    def test_offline_folder(self, run, served, tmp_path):
        (tmp_path / "disk").mkdir()
        (tmp_path / "disk" / "all.tar.xz").write_bytes(archive())
        (tmp_path / "disk" / "clip.pt").write_bytes(CONTENT)
        assert run("get", "whole", "--from", tmp_path / "disk")[0] == 0
        assert served == []
        assert names(tmp_path / "models/fice/whole") == ["a.pt", "b.pkl", "clip.pt"]
        assert names(tmp_path / "disk") == ["all.tar.xz", "clip.pt"], "the user's files stay"

    def test_offline_file_of_another_name(self, run, tmp_path):
        (tmp_path / "download (1).pkl").write_bytes(CONTENT)
        assert run("get", "by-hand", "--from", tmp_path / "download (1).pkl")[0] == 0
        assert (tmp_path / "models/stylegan2/g.pkl").read_bytes() == CONTENT

    @pytest.mark.parametrize("name", ["all.tar (1).xz", "checkpoints.bin"])
    def test_offline_archive_of_another_name(self, run, served, tmp_path, name):
        (tmp_path / name).write_bytes(archive())
        (tmp_path / "RN (2).pt").write_bytes(CONTENT)
        sources = ["--from", tmp_path / name, "--from", tmp_path / "RN (2).pt"]
        assert run("get", "whole", *sources)[0] == 0
        assert served == []
        assert names(tmp_path / "models/fice/whole") == ["a.pt", "b.pkl", "clip.pt"]

    @pytest.mark.parametrize("below", ["", "checkpoints"])
    def test_offline_folder_of_unpacked_files(self, run, served, tmp_path, below):
        folder = tmp_path / "disk" / below
        folder.mkdir(parents=True)
        for name in ("a.pt", "b.pkl", "clip.pt"):
            (folder / name).write_bytes(CONTENT)
        assert run("get", "whole", "--from", tmp_path / "disk")[0] == 0
        assert served == []
        assert names(tmp_path / "models/fice/whole") == ["a.pt", "b.pkl", "clip.pt"]

    def test_offline_unpacked_files_that_complete_the_set(self, run, served, tmp_path):
        place = tmp_path / "models/fice/whole"
        place.mkdir(parents=True)
        for path in (place / "a.pt", tmp_path / "b.pkl", tmp_path / "clip.pt"):
            path.write_bytes(CONTENT)
        sources = ["--from", tmp_path / "b.pkl", "--from", tmp_path / "clip.pt"]
        assert run("get", "whole", *sources)[0] == 0
        assert served == []
        assert names(place) == ["a.pt", "b.pkl", "clip.pt"]

    def test_offline_some_of_the_unpacked_files(self, run, served, tmp_path):
        (tmp_path / "a.pt").write_bytes(CONTENT)
        code, _, err = run("get", "whole", "--from", tmp_path / "a.pt")
        assert (code, served) == (1, [])
        assert "some files of all.tar.xz, but not b.pkl" in err

    @pytest.mark.parametrize("given", ["all.tar.xz", "clip.pt", "empty"])
    def test_with_from_nothing_is_downloaded(self, run, served, tmp_path, given):
        """What was found is kept; a second call without --from fetches the rest."""
        (tmp_path / "empty").mkdir()
        (tmp_path / "all.tar.xz").write_bytes(archive())
        (tmp_path / "clip.pt").write_bytes(CONTENT)
        code, _, err = run("get", "whole", "--from", tmp_path / given)
        assert (code, served) == (1, [])
        assert "not among what --from names" in err
        assert "leave --from out" in err
        assert run("get", "whole")[0] == 0
        assert f"{URL}{given}" not in served

    def test_offline_file_that_is_none_of_the_set(self, run, served, tmp_path):
        (tmp_path / "notes.txt").write_bytes(b"x")
        code, _, err = run("get", "whole", "--from", tmp_path / "notes.txt")
        assert (code, served) == (1, [])
        assert "all.tar.xz, clip.pt of whole" in err

    def test_offline_file_that_is_not_needed(self, run, tmp_path):
        for name in ("g.pkl", "other.txt"):
            (tmp_path / name).write_bytes(CONTENT)
        sources = ["--from", tmp_path / "g.pkl", "--from", tmp_path / "other.txt"]
        code, out, _ = run("get", "by-hand", *sources)
        assert code == 0
        assert "other.txt was not needed" in out

    @pytest.mark.usefixtures("served")
    def test_offline_wrong_hash(self, run, tmp_path):
        (tmp_path / "clip.pt").write_bytes(b"other")
        code, _, err = run("get", "whole", "--from", tmp_path / "clip.pt")
        assert code == 1
        assert "clip.pt has the SHA-256" in err
        assert not (tmp_path / "models/fice/whole/clip.pt").exists()

    def test_offline_evil_archive(self, run, tmp_path):
        with tarfile.open(tmp_path / "all.tar.xz", "w:xz") as tar:
            tar.addfile(tarfile.TarInfo("../a.pt"))
        code, _, err = run("get", "whole", "--from", tmp_path / "all.tar.xz")
        assert code == 1
        assert "tampered with" in err
        assert names(tmp_path / "models/fice/whole") == []

    def test_file_that_is_not_there(self, run, tmp_path):
        code, _, err = run("get", "by-hand", "--from", tmp_path / "none.pkl")
        assert code == 1
        assert "There is no file" in err

    def test_missing_source_is_no_reason_to_download(self, run, served, tmp_path):
        code, _, err = run("get", "whole", "--from", tmp_path / "all.tar.xz")
        assert (code, served) == (1, [])
        assert "There is no file or folder" in err

    def test_by_hand_only(self, run):
        code, _, err = run("get", "by-hand")
        assert code == 1
        assert "only be downloaded with a browser: https://a.page" in err

    @pytest.mark.usefixtures("served")
    def test_other_file_in_place_is_not_overwritten(self, run, tmp_path):
        place = tmp_path / "models/fice/whole/clip.pt"
        place.parent.mkdir(parents=True)
        place.write_text("mine")
        code, _, err = run("get", "whole")
        assert code == 1
        assert "Move" in err
        assert place.read_text() == "mine"

    def test_unknown_name(self, run):
        code, _, err = run("get", "nothing")
        assert (code, err) == (
            1,
            "fice: There is no model set 'nothing'. Known: whole, by-hand.\n",
        )


@pytest.mark.usefixtures("sets")
class TestCheck:
    def test_nothing_there(self, run):
        assert run("check")[:2] == (0, "whole: not there\nby-hand: not there\n")
        code, out, _ = run("check", "by-hand")
        assert (code, out) == (1, "by-hand: g.pkl: missing\n")

    @pytest.mark.usefixtures("served")
    def test_all_there(self, run):
        run("get", "whole")
        code, out, _ = run("check", "whole")
        assert code == 0
        assert "a.pt, b.pkl: there; its publisher states no hash" in out
        assert "clip.pt: there, as published" in out

    @pytest.mark.usefixtures("served")
    def test_damaged_and_incomplete(self, run, tmp_path):
        run("get", "whole")
        (tmp_path / "models/fice/whole/clip.pt").write_bytes(b"damaged")
        (tmp_path / "models/fice/whole/b.pkl").unlink()
        code, out, _ = run("check")
        assert code == 1
        assert "incomplete, lacks b.pkl" in out
        assert f"expected {SHA256}" in out


class TestTable:
    def test_list_says_what_is_unknown(self, run):
        code, out, _ = run("list")
        assert code == 0
        assert all(one.name in out for one in PUBLIC_MODEL_SETS)
        assert "RN50x4.pt, size unknown, SHA-256 7e526bd135e493ce" in out
        assert "in its place RN50x4.safetensors, about 714 MB, from huggingface.co" in out
        assert "stylegan_human_v2_1024.pkl, 362022337 bytes, SHA-256 16946ec5dd1718da" in out
        assert "e4e_w+.pt, size unknown, SHA-256 unknown, by hand only" in out

    def test_well_formed(self):
        assert len({one.name for one in PUBLIC_MODEL_SETS}) == len(PUBLIC_MODEL_SETS)
        for one in PUBLIC_MODEL_SETS:
            assert one.licence
            assert one.page.startswith("https://")
            for file in one.files:
                for each in filter(None, (file, file.instead)):
                    assert each.addresses or each.link
                    for address in (*each.addresses, each.link or "https://"):
                        assert address.startswith("https://")
                    assert each.sha256 is None or re.fullmatch("[0-9a-f]{64}", each.sha256)
                    assert all("/" not in name for name in each.kept)

    def test_no_large_file_has_a_single_reported_dead_address(self):
        """openai/CLIP, issue 516: the only address of RN50x4.pt answers 404."""
        dead = "https://openaipublic.azureedge.net/"
        for one in PUBLIC_MODEL_SETS:
            for file in one.files:
                alive = [url for url in file.addresses if not url.startswith(dead)]
                assert alive or file.link or (file.instead and file.instead.addresses), file.name

    def test_sets_of_sets_name_sets(self):
        names = {one.name for one in PUBLIC_MODEL_SETS if one.files}
        for one in PUBLIC_MODEL_SETS:
            assert bool(one.files) != bool(one.sets)
            assert set(one.sets) <= names


def test_nothing_but_the_command_line_can_download():
    code = (
        "import sys, fice.pipeline.edit, fice.checkpoints.convert;"
        "sys.exit('fice.commands.download' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
