from __future__ import annotations

import json
from pathlib import Path

import torch

from fice.base.images import read_image, write_image
from fice.commands.main import main

ASSETS = Path(__file__).parents[2] / "workflows" / "assets"
PHOTO, EDIT = ASSETS / "fice_demo_large_photo.jpg", ASSETS / "fice_demo_foreign_edit.jpg"


def test_the_template_of_the_workflow(tmp_path, capsys):
    out, report = tmp_path / "out.png", tmp_path / "report.json"
    assert main(["align", str(PHOTO), str(EDIT), "-o", str(out), "--json", str(report)]) == 0
    figures = json.loads(report.read_text())
    assert figures["max_change_outside"] == 0.0
    assert figures["confidence"] > 0.9
    assert figures["outside_changed_before"] > 0.1 * figures["outside_pixels"]
    assert figures["outside_changed_after"] == 0
    assert figures["cast_left"] < 0.5 * figures["cast"]
    assert figures["warnings"] == []
    assert "largest change outside the mask 0" in capsys.readouterr().out
    changed = (read_image(out) != read_image(PHOTO)).any(0)
    assert 0.01 < float(changed.float().mean()) < 0.2


def test_a_picture_of_something_else_is_told(tmp_path, capsys):
    other = tmp_path / "other.png"
    write_image(other, torch.rand(3, 300, 200, generator=torch.Generator().manual_seed(0)))
    main(["align", str(PHOTO), str(other), "-o", str(tmp_path / "out.png")])
    assert "could not be laid on the photo reliably" in capsys.readouterr().err


def test_one_file_for_two_outputs(tmp_path, capsys):
    out = str(tmp_path / "out.png")
    assert main(["align", str(PHOTO), str(EDIT), "-o", out, "--aligned", out]) == 1
    assert "name two files" in capsys.readouterr().err
