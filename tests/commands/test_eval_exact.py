from __future__ import annotations

import json

from fice.commands.main import main
from fice.lab.exact import record


def test_a_pair_is_measured_and_a_run_goes_on(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(record, "FIGURES", 2)  # all of them take long to draw
    command = ["eval", "exact", "--out", str(tmp_path), "--cases", "1"]
    assert main(command) == 0
    figures = json.loads((tmp_path / "summary.json").read_text())
    assert figures["methods"]["ours"]["max_change_outside"] == 0.0
    assert "| ours |" in capsys.readouterr().out
    rows = (tmp_path / "rows.jsonl").read_text()
    assert main(command) == 0
    assert (tmp_path / "rows.jsonl").read_text() == rows


def test_methods_are_refused(tmp_path, capsys):
    assert main(["eval", "exact", "--out", str(tmp_path), "--methods", "tuned"]) == 1
    assert "leave out --methods" in capsys.readouterr().err


def test_a_folder_without_labels(tmp_path, capsys):
    assert main(["eval", f"exact:{tmp_path}", "--out", str(tmp_path / "out")]) == 1
    assert "holds no labelled photos" in capsys.readouterr().err
