from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors import safe_open

from fice.checkpoints import load_generator, save_generator
from fice.commands.main import main
from fice.edits import load_edit
from fice.networks.stylegan2 import Generator, GeneratorConfig

DATA = Path(__file__).parents[1] / "parity" / "data"


def test_converts(tmp_path, capsys):
    out = tmp_path / "g.safetensors"
    source = DATA / "sghuman_64x32_rect.pkl"
    assert main(["convert", str(source), str(out), "--licence", "my own"]) == 0
    with safe_open(out, framework="pt") as file:
        assert file.metadata()["licence"] == "my own"
    assert "g.safetensors: StyleGAN2, skip, 64x32, " in capsys.readouterr().out


def test_error_is_one_sentence(tmp_path, capsys):
    arguments = ["convert", str(DATA / "rosinality_64.pt"), str(tmp_path / "g.safetensors")]
    assert main([*arguments, "--kind", "clip"]) == 1
    assert capsys.readouterr().err == (
        "fice: rosinality_64.pt is a StyleGAN2 generator, not a CLIP model. It belongs in "
        "models/stylegan2, where Load StyleGAN2 finds it.\n"
    )
    assert list(tmp_path.iterdir()) == []


class TestDirection:
    SOURCE = DATA / "sghuman_latent_direction" / "sefa_upper_length.pt"

    def test_becomes_an_edit(self, tmp_path, capsys):
        config = GeneratorConfig(
            z_dim=4, w_dim=32, resolution=1024, channels={4 << i: 2 for i in range(9)}, square=False
        )
        generator = Generator(config)
        save_generator(tmp_path / "g.safetensors", generator)
        out = tmp_path / "longer.safetensors"
        given = ["--kind", "edit", "--generator", str(tmp_path / "g.safetensors")]
        arguments = ["convert", str(self.SOURCE), str(out), *given, "--strength", "-5"]
        assert main(arguments) == 0
        assert "Apply it in the mode add" in capsys.readouterr().out
        edit = load_edit(out)
        assert edit.generator == load_generator(tmp_path / "g.safetensors").fingerprint
        vector = torch.load(self.SOURCE, map_location="cpu")[0]
        assert torch.equal(edit.delta[7], -10 * vector)

    @pytest.mark.parametrize(
        ("name", "options", "reason"),
        [
            ("a.safetensors", [], "give its file with --generator"),
            ("a.pt", ["--generator", str(DATA / "rosinality_64.pt")], "end in .safetensors"),
            ("a.safetensors", ["--generator", str(DATA / "rosinality_64.pt")], "18 layers of 32"),
        ],
    )
    def test_refused(self, tmp_path, capsys, name, options, reason):
        arguments = ["convert", str(self.SOURCE), str(tmp_path / name), "--kind", "edit", *options]
        assert main(arguments) == 1
        assert reason in capsys.readouterr().err
        assert list(tmp_path.iterdir()) == []
