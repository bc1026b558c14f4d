"""What tells the networks of one evaluation from those of another."""

from __future__ import annotations

from fice.lab.evaluation.plan import models_fingerprint
from fice.pipeline.model_files import FILES, write_set


def test_files_that_a_set_names_elsewhere_count(tmp_path):
    for part in FILES:
        (tmp_path / f"{part}.pt").write_text(part)
    write_set(tmp_path / "fice" / "photos", {part: tmp_path / f"{part}.pt" for part in FILES})
    before = models_fingerprint(str(tmp_path / "fice" / "photos"))
    (tmp_path / "clip.pt").write_text("another")
    assert models_fingerprint(str(tmp_path / "fice" / "photos")) != before
