from __future__ import annotations

import pytest

from fice.reports.local_paths import shareable, without_folders


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("/home/me/sets/viton", "viton"),
        ("~/sets/viton", "viton"),
        ("C:\\Users\\me\\sets\\viton", "viton"),
        ("fice eval --models '/home/me/my sets' --json x", "fice eval --models 'my sets' --json x"),
        (
            "fice eval viton:/data/VITON-HD --texts a.json",
            "fice eval viton:VITON-HD --texts a.json",
        ),
        ("--methods=copy,external:/home/me/out,tuned", "--methods=copy,external:out,tuned"),
        ("red and/or blue, 3 / 4, tuned@steps=5", "red and/or blue, 3 / 4, tuned@steps=5"),
        ("https://example.org/a/b", "https://example.org/a/b"),
        ("sets/viton", "sets/viton"),
        ("demo", "demo"),
    ],
)
def test_paths_are_cut_to_their_last_part(text, shown):
    assert without_folders(text) == shown


def test_all_of_a_report():
    report = {"/a/b": [{"name": "external:/a/b"}, 1.5, None, True]}
    assert shareable(report) == {"b": [{"name": "external:b"}, 1.5, None, True]}
