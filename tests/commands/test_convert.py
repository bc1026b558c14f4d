from __future__ import annotations

from pathlib import Path

from safetensors import safe_open

from fice.commands.main import main

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
