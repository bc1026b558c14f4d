"""`fice models get photos`: a set of sets from a server on this machine, and from other packs."""

from __future__ import annotations

import hashlib
import io
import sys

import pytest
import torch
from file_server import dead_address, serving
from safetensors.torch import save_file

import fice.commands.download
import fice.commands.in_place
import fice.commands.models
from fice.checkpoints.published import (
    PUBLIC_MODEL_SETS,
    PublicFile,
    PublicModelSet,
    StandIn,
)
from fice.commands.main import main
from fice.pipeline.model_files import FILES, model_files


def sha256(content):
    return hashlib.sha256(content).hexdigest()


CONTENTS = {
    name: name.encode() * 500 for name in ("g.pkl", "e.pt", "c.pt", "d.pkl", "model.safetensors")
}


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setattr(fice.commands.download, "RETRY_SECONDS", 0.0)
    with serving() as running:
        for name, content in CONTENTS.items():
            running.serve(f"/{name}", content)
        running.serve("/config.json", b"{}")
        yield running


@pytest.fixture(autouse=True)
def _sets(server, monkeypatch):
    """Sets as the real ones, with tiny files: a mirror, an encoder by hand, descriptions."""

    def checked(name, url, *mirrors):
        content = CONTENTS[name]
        return PublicFile(name, url, mirrors=mirrors, size=len(content), sha256=sha256(content))

    def one(name, folder, part, *files, stand_ins=()):
        licence = f"licence {part}"
        return PublicModelSet(
            name, f"the {part}", folder, licence, "a page", files, part, stand_ins=stand_ins
        )

    generator = checked("g.pkl", dead_address("/g.pkl"), server.url("/g.pkl"))
    segmenter = (
        checked("model.safetensors", server.url("/model.safetensors")),
        PublicFile("config.json", server.url("/config.json")),
    )
    parts = (
        one("gen", "stylegan2", "generator", generator),
        one("enc", "fice_encoders", "encoder", PublicFile("e.pt", link="https://a.page/e")),
        one("clip", "fice_clip", "clip", PublicFile("c.pt", server.url("/c.pt"))),
        one(
            *("pose", "densepose", "chart", checked("d.pkl", server.url("/d.pkl"))),
            stand_ins=(StandIn("custom_nodes/*/densepose_r50*.torchscript", sha256(b"exported")),),
        ),
        one(
            "seg",
            "fice_segmenters/seg",
            "segmenter",
            *segmenter,
            stand_ins=(StandIn("rmbg/segformer_clothes/*"),),
        ),
    )
    other = one("pose-101", "densepose", "chart", PublicFile("d101.pkl", server.url("/d101.pkl")))
    photos = PublicModelSet(
        "photos", "for photos", "fice/photos", "x", "x", sets=tuple(part.name for part in parts)
    )
    for module in (fice.commands.models, fice.commands.in_place):
        monkeypatch.setattr(module, "PUBLIC_MODEL_SETS", (photos, *parts, other))


@pytest.fixture
def models(tmp_path):
    return tmp_path / "ComfyUI" / "models"


@pytest.fixture
def run(models, capsys):
    def run(*arguments):
        code = main(["models", *map(str, arguments), "--models-dir", str(models)])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


@pytest.fixture
def encoder(tmp_path):
    """What the user fetched with a browser."""
    path = tmp_path / "Downloads" / "e.pt"
    path.parent.mkdir()
    path.write_bytes(CONTENTS["e.pt"])
    return path


class Terminal(io.StringIO):
    def isatty(self):
        return True


class TestAsking:
    def test_says_everything_first(self, run):
        _, out, _ = run("get", "photos")
        for part in ("generator", "encoder", "clip", "chart", "segmenter"):
            assert f"licence {part}" in out
        assert "g.pkl, 2500 bytes, from 127.0.0.1" in out
        assert "(a copy of a third party)" in out
        assert "e.pt, size unknown, by hand only, with a browser: https://a.page/e" in out
        total = sum(len(CONTENTS[name]) for name in ("g.pkl", "d.pkl", "model.safetensors"))
        assert f": {total} bytes and c.pt, config.json, whose size is unknown." in out

    def test_nobody_to_ask(self, run, server, models):
        code, _, err = run("get", "photos")
        assert code == 1
        assert (
            err == "fice: Nothing was downloaded: nobody can be asked here. Add --yes to agree.\n"
        )
        assert server.asked == []
        assert not models.exists()

    @pytest.mark.parametrize("answer", ["n\n", "\n", ""])
    def test_no(self, run, server, monkeypatch, answer):
        monkeypatch.setattr(sys, "stdin", Terminal(answer))
        code, out, err = run("get", "photos")
        assert (code, server.asked) == (1, [])
        assert out.count("[y/N]") == 1
        assert "Nothing was downloaded" in err

    def test_yes(self, run, monkeypatch, models):
        monkeypatch.setattr(sys, "stdin", Terminal("y\n"))
        _, out, _ = run("get", "photos")
        assert out.count("[y/N]") == 1
        assert (models / "stylegan2" / "g.pkl").read_bytes() == CONTENTS["g.pkl"]

    def test_a_single_set_is_not_asked_for(self, run):
        """Whoever names it has agreed, and scripts do."""
        assert run("get", "pose")[0] == 0


class TestGetting:
    def test_all_but_what_needs_a_browser_then_that(self, run, server, models, encoder):
        code, _, err = run("get", "photos", "--yes")
        assert code == 1
        assert "e.pt can only be downloaded with a browser: https://a.page/e." in err
        assert "--from" in err
        assert not (models / "fice" / "photos").exists(), "no set before it is whole"
        server.asked.clear()
        code, out, _ = run("get", "photos", "--from", encoder)
        assert (code, server.asked) == (0, [])
        assert f'fice edit photo.jpg "a red dress" --models "{models / "fice" / "photos"}"' in out
        found = model_files(models / "fice" / "photos")
        assert {part: path.resolve() for part, path in found.items()} == {
            "generator": models / "stylegan2" / "g.pkl",
            "encoder": models / "fice_encoders" / "e.pt",
            "clip": models / "fice_clip" / "c.pt",
            "chart": models / "densepose" / "d.pkl",
            "regions": models / "fice_segmenters" / "seg" / "model.safetensors",
        }

    def test_the_dead_address_is_told(self, run):
        _, _, err = run("get", "photos", "--yes")
        assert "was lost" in err
        assert "Trying 127.0.0.1" in err

    def test_again(self, run, server, encoder):
        run("get", "photos", "--yes")
        run("get", "photos", "--from", encoder)
        server.asked.clear()
        code, out, _ = run("get", "photos")
        assert (code, server.asked) == (0, [])
        assert "[y/N]" not in out

    def test_a_cut_goes_on_the_next_time(self, run, server, models):
        server.cut_after["/d.pkl"] = 100
        code, _, err = run("get", "pose")
        assert code == 1
        assert "100 bytes are kept" in err
        del server.cut_after["/d.pkl"]
        assert run("get", "pose")[0] == 0
        assert (models / "densepose" / "d.pkl").read_bytes() == CONTENTS["d.pkl"]

    def test_check(self, run, encoder):
        assert run("check", "photos")[0] == 1
        run("get", "photos", "--yes")
        run("get", "photos", "--from", encoder)
        code, out, _ = run("check", "photos")
        assert code == 0
        assert "gen: g.pkl: there, as published" in out


class TestInPlace:
    """What other packs have is used where it lies: not fetched, not copied."""

    @pytest.fixture
    def theirs(self, models):
        """A generator, a DensePose under another name, and a SegFormer that is not the same."""
        places = {
            "generator": models / "stylegan" / "renamed.pkl",
            "chart": models.parent / "custom_nodes" / "VTON" / "densepose" / "model_final_1.pkl",
            "regions": models / "RMBG" / "segformer_clothes" / "model.safetensors",
        }
        for path in places.values():
            path.parent.mkdir(parents=True)
        places["generator"].write_bytes(CONTENTS["g.pkl"])
        places["chart"].write_bytes(CONTENTS["d.pkl"])
        save_file({"segformer.encoder.x": torch.zeros(1)}, places["regions"])
        return places

    def test_of_an_edit(self, run, server, models, theirs, encoder):
        run("get", "photos", "--yes")
        assert {path for path, _ in server.asked} == {"/c.pt"}
        code, out, _ = run("get", "photos", "--from", encoder)
        assert code == 0
        found = model_files(models / "fice" / "photos")
        for part, path in theirs.items():
            assert found[part].resolve() == path
            assert str(path) in out
        assert not (models / "stylegan2").exists()
        assert str(models) not in (models / "fice" / "photos" / "set.json").read_text()

    def test_of_a_single_set(self, run, server, theirs):
        code, out, _ = run("get", "gen")
        assert (code, server.asked) == (0, [])
        assert f"g.pkl: is {theirs['generator']}, used where it is" in out
        assert run("check", "gen")[:2] == (
            0,
            f"gen: g.pkl: there, as published: {theirs['generator']}\n",
        )

    @pytest.mark.usefixtures("theirs")
    def test_what_is_not_the_same_serves_only_in_an_edit(self, run, models):
        run("get", "seg")
        assert (models / "fice_segmenters" / "seg" / "model.safetensors").is_file()

    @pytest.mark.parametrize("content", [b"", b"not weights", CONTENTS["d.pkl"]])
    def test_what_is_called_so_but_is_not_is_fetched(self, run, models, theirs, content):
        theirs["generator"].write_bytes(content[:2500].ljust(2500, b"x"))
        theirs["regions"].write_bytes(content)
        run("get", "photos", "--yes")
        assert (models / "stylegan2" / "g.pkl").read_bytes() == CONTENTS["g.pkl"]
        assert (models / "fice_segmenters" / "seg" / "model.safetensors").is_file()

    @pytest.mark.parametrize("content", [b"exported", b"cut off"])
    def test_the_hash_of_a_stand_in_decides(self, run, server, models, content):
        aux = models.parent / "custom_nodes" / "comfyui_controlnet_aux" / "ckpts" / "LayerNorm"
        path = aux / "DensePose-TorchScript-with-hint-image" / "densepose_r50_fpn_dl.torchscript"
        path.parent.mkdir(parents=True)
        path.write_bytes(content)
        _, out, _ = run("get", "photos", "--yes")
        serves = content == b"exported"
        assert (f"{path} serves as well" in out) == serves
        assert ("/d.pkl" in {asked for asked, _ in server.asked}) != serves

    def test_another_set_of_ours_serves(self, run, server, models, encoder):
        place = models / "densepose" / "d101.pkl"
        place.parent.mkdir(parents=True)
        place.write_bytes(b"a larger one")
        run("get", "photos", "--yes")
        assert "/d.pkl" not in {path for path, _ in server.asked}
        assert run("get", "photos", "--from", encoder)[0] == 0
        assert model_files(models / "fice" / "photos")["chart"].resolve() == place

    def test_descriptions_belong_to_the_weights_beside_them(self, run, server, models):
        place = models / "segformer_b3_clothes"
        place.mkdir(parents=True)
        (place / "model.safetensors").write_bytes(CONTENTS["model.safetensors"])
        (place / "config.json").write_text("{}")
        assert run("get", "seg")[0] == 0
        assert server.asked == []

    @pytest.mark.usefixtures("theirs")
    def test_list_shows_them(self, run):
        code, out, _ = run("list")
        assert code == 0
        assert "as generator: stylegan/renamed.pkl\n" in out
        assert "as chart: custom_nodes/VTON/densepose/model_final_1.pkl\n" in out


def test_the_real_set_has_every_part_of_an_edit():
    sets = {one.name: one for one in PUBLIC_MODEL_SETS}
    photos = sets["photos"]
    parts = [sets[name] for name in photos.sets]
    assert {part.part for part in parts} == {"generator", "encoder", "clip", "chart", "segmenter"}
    assert len(parts) == len(FILES)
    assert photos.folder == "fice/photos"
