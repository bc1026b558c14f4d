from __future__ import annotations

from datetime import datetime

import pytest
from node_files import load_node_file

names = load_node_file("host/file_names.py")
NOW = datetime(2026, 3, 7, 15, 4, 9)


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("e-%date:yyyy-MM-dd%", "e-2026-03-07"),
        ("%date:yy.M.d% %date:hhmmss%", "26.3.7 150409"),
        ("%date:h-m-s%", "15-4-9"),
        ("%date%", "2026-03-07"),
        ("%date:%", "2026-03-07"),
        ("%year%-edit 100 %", "%year%-edit 100 %"),
    ],
)
def test_dates(name, written):
    assert names.with_dates(name, NOW) == written


@pytest.mark.parametrize(
    ("name", "fit"),
    [
        ("shirts/red", "shirts/red"),
        ("shirts\\red", "shirts/red"),
        ('10:20 <"a|b">?*', "10-20 --a-b----"),
        ("line\nbreak", "line-break"),
        ("ends. /in dots...", "ends/in dots"),
        ("con/Kleid 裙", "_con/Kleid 裙"),
        ("console", "console"),
        (" / ", ""),
        ("../..", ""),
    ],
)
def test_what_no_system_refuses(name, fit):
    assert names.fit_for_files(name) == fit
