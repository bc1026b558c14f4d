"""`fice batch` from the command line, with tiny networks."""

from __future__ import annotations

import csv
import json

import pytest
from batch_studio import GRAPH, write_picture
from fake_comfy import FakeComfy

import fice.batch.editing
from fice.batch.folder import LOG
from fice.batch.journal import PICTURES
from fice.commands.main import main


@pytest.fixture
def models(monkeypatch, tiny_models):
    """Counts how often networks are loaded."""
    loaded = []
    monkeypatch.setattr(
        fice.batch.editing, "load_models", lambda *_, **__: loaded.append(1) or tiny_models
    )
    return loaded


@pytest.fixture
def photos(tmp_path):
    for name in ("a", "b"):
        write_picture(tmp_path / "in" / f"{name}.png", ord(name))
    return tmp_path / "in"


def run(*arguments):
    return main(["batch", *map(str, arguments)])


def test_a_folder_and_texts(tmp_path, photos, models, capsys):
    out = tmp_path / "out"
    (photos / "c.png").write_bytes(b"no picture")
    words = ("--photos", photos, "--out", out, "--steps", 1)
    assert run(*words, "--text", "red", "--text", "dress") == 1
    said = capsys.readouterr()
    assert "2 photos, 4 edits" in said.out
    assert "2 of 4 edits are in" in said.out
    assert "4 rows failed" in said.out
    assert "batch: 4/4, 2 failed" in said.err
    with (out / "errors.csv").open(newline="") as file:
        failed = [(one["photo"], one["text"], one["tries"]) for one in csv.DictReader(file)]
    assert failed == [("a.png", "dress", "1"), ("b.png", "dress", "1")] + [
        ("c.png", text, "0") for text in ("red", "dress")
    ]
    before = {one.name: one.stat().st_mtime_ns for one in (out / PICTURES).iterdir()}
    assert len(before) == 2

    # The same once more does nothing, with one more text only that.
    lines = len((out / LOG).read_text().splitlines())
    assert run(*words, "--text", "red", "--text", "dress") == 1
    assert len(models) == 1
    assert len((out / LOG).read_text().splitlines()) == lines
    assert run(*words, "--text", "red", "--text", "blue") == 1
    after = {one.name: one.stat().st_mtime_ns for one in (out / PICTURES).iterdir()}
    assert len(after) == 4
    assert before.items() <= after.items()
    assert "2 photos, 4 edits, 2 of them done before; 2 rows with photos" in capsys.readouterr().out


def test_a_job_file_and_what_is_typed_beside_it(tmp_path, photos, models, capsys):
    (tmp_path / "job.toml").write_text(
        'photos = "in"\ntexts = ["red"]\nout = "out"\nsteps = 1\nseed = 7\nformat = "webp"\n'
    )
    assert run("--seed", 0, tmp_path / "job.toml", "--dry-run") == 0
    said = capsys.readouterr().out
    assert "2 rows: 2 photos, 2 edits, 0 of them done before; 2 to do." in said
    assert "A trial with a.png" in said
    assert "All that is left takes about" in said
    assert "are free" in said
    assert not (tmp_path / "out").exists()
    assert run("--seed", 0, tmp_path / "job.toml") == 0
    lines = (tmp_path / "out" / LOG).read_text().splitlines()
    assert all('"seed": 0' in one for one in lines)
    assert {one.suffix for one in (tmp_path / "out" / PICTURES).iterdir()} == {".webp"}


def test_an_interruption_says_how_to_go_on(tmp_path, photos, models, capsys, monkeypatch):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(fice.batch.editing, "edit", interrupted)
    words = ("--photos", photos, "--out", tmp_path / "out", "--steps", 1, "--text", "red")
    assert run(*words) == 130
    assert "the same command goes on from there" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "--photos is missing"),
        (("--photos", "in"), "--out is missing"),
        (("--photos", "in", "--out", "in/a.png", "--text", "red"), "is a file; name a folder"),
        (("--photos", "in", "--out", "out"), "There is no text"),
        (("--photos", "none", "--out", "out", "--text", "red"), "There is no folder or table"),
        (("none.toml",), "none.toml cannot be read"),
    ],
)
def test_what_is_wrong_is_told_before_networks_load(
    tmp_path, photos, models, capsys, monkeypatch, words, said
):
    monkeypatch.chdir(tmp_path)
    assert run(*words) == 1
    assert said in capsys.readouterr().err
    assert models == []
    assert not (tmp_path / "out").exists()


def test_nothing_but_what_cannot_be_read(tmp_path, models, capsys):
    (tmp_path / "c.png").write_bytes(b"")
    words = ("--photos", tmp_path, "--out", tmp_path / "out", "--text", "red")
    assert run(*words) == 1
    assert "None of the 1 rows can be done. Row 1: c.png is not an image" in capsys.readouterr().err
    assert models == []


class TestHosts:
    @pytest.fixture
    def host(self):
        one = FakeComfy()
        yield one
        one.die()

    @pytest.fixture
    def words(self, tmp_path, photos, host):
        (tmp_path / "w.json").write_text(json.dumps(GRAPH))
        words = ("--photos", photos, "--out", tmp_path / "out", "--text", "red")
        return (*words, "--workflow", tmp_path / "w.json", "--host", host.url)

    def test_a_workflow_on_a_host(self, tmp_path, host, words, capsys):
        assert run(*words, "--dry-run") == 0
        assert "2 to do" in capsys.readouterr().out
        assert host.done == ["red"]
        assert run(*words) == 0
        assert host.done == ["red"] * 3
        pictures = [one.read_bytes() for one in (tmp_path / "out" / PICTURES).iterdir()]
        assert sorted(pictures) == [b"picture p2.png", b"picture p3.png"]
        assert run(*words) == 0
        assert len(host.done) == 3

    @pytest.mark.parametrize(
        ("more", "said"),
        [
            (("--steps", 3), "With --workflow, --steps has no meaning"),
            (("--seed", 3), "no input of the workflow takes it"),
            (("--set", "2.seed=nose"), "--set 2.seed=nose is not understood"),
            (("--host", "localhost"), "no address of a ComfyUI"),
        ],
    )
    def test_what_is_wrong_is_told(self, words, host, capsys, more, said):
        assert run(*words, *more) == 1
        assert said in capsys.readouterr().err
        assert host.prompts == []
