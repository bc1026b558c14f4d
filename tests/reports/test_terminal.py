from __future__ import annotations

import sys

from fice.reports.terminal import progress


def test_a_log_gets_a_few_lines(capsys):
    with progress("photo.png", 10) as advance:
        for _ in range(10):
            advance(0.5)
    lines = capsys.readouterr().err.splitlines()
    assert lines[-1] == "photo.png: 10/10, loss 0.5000"
    assert len(lines) <= 6


def test_a_terminal_gets_a_bar(capsys, monkeypatch):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    with progress("[photo].png", 3) as advance:
        for _ in range(3):
            advance(0.5)
    said = capsys.readouterr().err
    assert "[photo].png" in said
    assert "3/3" in said
