from __future__ import annotations

import sys

import pytest

from fice.reports.terminal import progress, transfer


@pytest.mark.parametrize("total", [1, 3, 10, 501])
def test_a_log_gets_a_few_lines(total, capsys):
    with progress("photo.png", total) as advance:
        for _ in range(total):
            advance(0.5)
    said = capsys.readouterr().err
    lines = said.splitlines()
    assert lines[-1] == f"photo.png: {total}/{total}, loss 0.5000"
    assert len(lines) == min(total, 4)
    assert "\r" not in said


def test_a_terminal_gets_a_bar(capsys, monkeypatch):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    with progress("[photo].png", 3, "seconds per edit") as advance:
        for _ in range(3):
            advance(0.5)
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    last = said.split("\r")[-1]
    for shown in ("[photo].png", "3/3", "100%", "seconds per edit 0.5000"):
        assert shown in last


def test_a_log_tells_how_much_of_a_file_has_come(capsys):
    with transfer("file.pt") as advance:
        for done in range(0, 48_000_001, 1_000_000):
            advance(done, 48_000_000)
    lines = capsys.readouterr().err.splitlines()
    assert lines == [f"file.pt: {done}M/48.0MB" for done in ("12.0", "24.0", "36.0", "48.0")]


def test_a_terminal_gets_a_bar_of_the_bytes(capsys, monkeypatch):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    with transfer("file.pt") as advance:
        advance(1_000_000, 2_000_000)
        advance(2_000_000, 2_000_000)
    last = capsys.readouterr().err.split("\r")[-1]
    assert "100%" in last
    assert "2.00M/2.00M" in last


def test_files_of_unknown_size(capsys, monkeypatch):
    with transfer("file.pt") as advance:
        advance(1_000_000, None)
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    with transfer("file.pt") as advance:
        advance(3_000_000, None)
    assert "3.00MB" in capsys.readouterr().err
