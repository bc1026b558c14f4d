"""`fice batch` on a real host: photos go there, pictures come back, and errors are told."""

from __future__ import annotations

import csv
import json

import graphs
import pytest
from batch_studio import write_picture

from fice.base.images import read_image
from fice.batch.folder import LOG
from fice.batch.journal import PICTURES
from fice.commands.main import main

pytestmark = pytest.mark.host


def test_a_workflow_over_photos_and_texts(host, tmp_path, capsys):
    graph = {key: graphs.edit()[key] for key in ("edit", "result")}
    graph["photo"] = graphs.node("LoadImage", image="example.png")
    (tmp_path / "w.json").write_text(json.dumps(graph))
    for number in range(2):
        write_picture(tmp_path / "in" / f"{number}.png", number, (64, 64))
    words = ["batch", "--photos", tmp_path / "in", "--out", tmp_path / "out", "--seed", 3]
    words += ["--text", graphs.TEXT, "--text", "nonsense", "--set", "edit.seed=seed"]
    words += ["--workflow", tmp_path / "w.json", "--host", host.url]
    assert main([str(one) for one in words]) == 1
    assert "2 of 4 edits are in" in capsys.readouterr().out
    pictures = sorted((tmp_path / "out" / PICTURES).iterdir())
    assert [read_image(one).shape for one in pictures] == [(3, 64, 64)] * 2
    with (tmp_path / "out" / "errors.csv").open(newline="") as file:
        failed = list(csv.DictReader(file))
    # What the pack refuses is known as such by its type, and not begun again.
    assert [(one["text"], one["tries"]) for one in failed] == [("nonsense", "1")] * 2
    assert "Nothing that 'nonsense' says" in failed[0]["reason"]
    lines = (tmp_path / "out" / LOG).read_text().splitlines()
    assert main([str(one) for one in words]) == 1
    assert (tmp_path / "out" / LOG).read_text().splitlines() == lines
