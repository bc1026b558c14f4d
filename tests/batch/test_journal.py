from __future__ import annotations

import csv
import json
import os

import pytest
from batch_studio import Studio, picture_of

from fice.base.errors import FiceError
from fice.batch.journal import FILE, PICTURES, open_journal, read_entries
from fice.batch.run import one_by_one, run
from fice.batch.tables import write_errors, write_reports
from fice.batch.values import Failed


def states(folder):
    return [one.state for one in read_entries(folder).values()]


def kept(folder, plan, outcomes):
    with open_journal(folder) as journal:
        for key, outcome in zip(plan.edits, outcomes, strict=False):
            journal.keep(plan.edits[key], outcome(key))
    return folder


def test_what_is_kept_is_there_again(tmp_path, plan):
    out = kept(
        tmp_path / "out",
        plan,
        [picture_of, lambda key: Failed(key, "No."), lambda key: Failed(key, "Now?", True)],
    )
    assert states(out) == ["done", "failed", "may_pass"]
    key, edit = next(iter(plan.edits.items()))
    assert (out / PICTURES / edit.file).read_bytes() == f"picture {key}".encode()


@pytest.mark.parametrize("cut", [1, 5, 30])
def test_half_a_line_is_ignored_and_written_anew(tmp_path, plan, cut):
    out = kept(tmp_path, plan, [picture_of, picture_of])
    size = (out / FILE).stat().st_size
    os.truncate(out / FILE, size - cut)
    assert len(read_entries(out)) == 1
    second = list(plan.edits)[1]
    with open_journal(out) as journal:
        journal.keep(plan.edits[second], picture_of(second))
    assert (out / FILE).stat().st_size == size
    assert states(out) == ["done", "done"]


def test_a_picture_that_is_gone_or_cut_is_done_again(tmp_path, plan):
    out = kept(tmp_path, plan, [picture_of, picture_of, picture_of])
    one, two, _ = (plan.edits[key].file for key in list(plan.edits)[:3])
    (out / PICTURES / one).unlink()
    (out / PICTURES / two).write_bytes(b"half")
    assert list(read_entries(out)) == [list(plan.edits)[2]]


def test_two_runs_at_once_are_refused(tmp_path):
    pytest.importorskip("fcntl")
    again = open_journal(tmp_path)
    with open_journal(tmp_path), pytest.raises(FiceError, match="Another run"), again:
        pass


def test_an_interruption_loses_nothing_that_is_finished(tmp_path, plan):
    def interrupted(unit):
        yield picture_of(unit.edits[0].key)
        raise KeyboardInterrupt

    with open_journal(tmp_path) as journal, pytest.raises(KeyboardInterrupt):
        run(plan.units(), one_by_one(interrupted), journal, plan.edits)
    done = read_entries(tmp_path)
    assert list(done) == [next(iter(plan.edits))]
    studio = Studio()
    with open_journal(tmp_path) as journal:
        run(plan.units(done), one_by_one(studio), journal, plan.edits)
    assert [len(unit.edits) for unit in studio.units] == [1, 2]
    assert states(tmp_path) == ["done"] * 4
    assert len((tmp_path / FILE).read_text().splitlines()) == 4


def test_tables(tmp_path, plan):
    out = kept(tmp_path, plan, [picture_of, lambda key: Failed(key, "Not, a dress.", tries=2)])
    row = list(plan.edits.values())[3].row
    with open_journal(out) as journal:
        path = write_reports(journal, plan.edits)
        errors = write_errors(journal, plan.edits, [(row, "It is empty.")])
    with errors.open(newline="") as file:
        table = list(csv.DictReader(file))
    assert [(one["row"], one["reason"], one["tries"]) for one in table] == [
        ("2", "Not, a dress.", "2"),
        ("4", "It is empty.", "0"),
    ]
    parquet = pytest.importorskip("pyarrow.parquet")
    (report,) = parquet.read_table(path).to_pylist()
    assert (report["row"], report["photo"], report["clip_after"]) == (1, "Anna Berg.png", 0.5)
    assert report["warnings"] == ["Look."]
    assert json.loads(report["report"])["clip_after"] == [0.5]


def test_reports_without_pyarrow(tmp_path, plan, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    out = kept(tmp_path, plan, [picture_of, picture_of])
    with open_journal(out) as journal:
        path = write_reports(journal, plan.edits)
        assert write_errors(journal, plan.edits, []) is None
    assert path.name == "reports.jsonl"
    assert [json.loads(line)["row"] for line in path.read_text().splitlines()] == [1, 2]
