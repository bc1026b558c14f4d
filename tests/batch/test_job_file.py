from __future__ import annotations

import pytest

from fice.base.errors import FiceError
from fice.batch.job_file import job_arguments

KNOWN = {
    "job": None,
    "photos": None,
    "text": [],
    "out": None,
    "steps": None,
    "dry_run": False,
    "direction": [],
    "models": "demo",
}


def arguments(folder, content):
    (folder / "job.toml").write_text(content)
    return job_arguments(folder / "job.toml", KNOWN)


def test_a_job_file_is_what_would_be_typed(tmp_path):
    typed = arguments(
        tmp_path,
        """
        photos = "in"
        texts = ["red", "-blue"]
        out = "/out"
        steps = 3
        dry-run = true
        direction = [["a shirt", "a coat"]]
        models = "demo"
        """,
    )
    assert typed == [
        f"--photos={tmp_path / 'in'}",
        *("--text=red", "--text=-blue"),
        *("--out=/out", "--steps=3", "--dry-run"),
        *("--direction", "a shirt", "a coat"),
        "--models=demo",
    ]
    assert arguments(tmp_path, 'photos = "s3://b/in"\nmodels = "mine"') == [
        "--photos=s3://b/in",
        f"--models={tmp_path / 'mine'}",
    ]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("photos", "is not TOML"),
        ("colour = 1", "'colour', which is no option. Known are direction, dry_run"),
        ("dry_run = 1", "either true or false"),
        ("steps = true", "cannot be True"),
    ],
)
def test_what_is_wrong_is_told(tmp_path, content, said):
    with pytest.raises(FiceError, match=said):
        arguments(tmp_path, content)
