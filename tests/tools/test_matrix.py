"""The matrix asks for what `pyproject.toml` admits, and its page shows what it found."""

from __future__ import annotations

import json

from tools.matrix.__main__ import RESULTS
from tools.matrix.rows import ROWS, minimums
from tools.matrix.table import BEGIN, END, PAGE, table, write_table


def test_the_oldest_are_those_of_the_project():
    packages = ROWS[0].packages
    assert ROWS[0].name == "oldest"
    assert f"torch=={minimums()['torch']}.0.*" in packages
    assert f"numpy=={minimums()['numpy']}.0.*" in packages
    assert f"opencv-python=={minimums()['opencv-python']}.0.*" in packages


def test_the_newest_are_whatever_there_is():
    newest = next(row for row in ROWS if row.name == "newest")
    assert all("=" not in package for package in newest.packages)


def test_the_page_shows_the_results(tmp_path):
    results = json.loads(RESULTS.read_text(encoding="utf-8"))
    assert f"{BEGIN}\n{table(results)}\n{END}" in PAGE.read_text(encoding="utf-8")
    page = tmp_path / "page.md"
    page.write_text(f"# A\n{BEGIN}\nold\n{END}\nafter\n", encoding="utf-8")
    write_table({"one": {"python": "3.10", "result": "5 passed"}}, page)
    assert "old" not in page.read_text(encoding="utf-8")
    assert "| one | 3.10 |" in page.read_text(encoding="utf-8")
    assert page.read_text(encoding="utf-8").endswith(f"{END}\nafter\n")
