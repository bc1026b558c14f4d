from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from batch_studio import Studio, picture_of

from fice.base.errors import FiceError
from fice.batch.folder import LOG
from fice.batch.journal import PICTURES, open_journal, read_entries
from fice.batch.run import one_by_one, run
from fice.batch.tables import ERRORS, write_errors, write_reports
from fice.batch.values import Failed

ROOT = Path(__file__).parents[2]


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
    size = (out / LOG).stat().st_size
    os.truncate(out / LOG, size - cut)
    assert len(read_entries(out)) == 1
    second = list(plan.edits)[1]
    with open_journal(out) as journal:
        journal.keep(plan.edits[second], picture_of(second))
    assert (out / LOG).stat().st_size == size
    assert states(out) == ["done", "done"]


def test_a_picture_that_is_gone_or_cut_is_done_again(tmp_path, plan):
    out = kept(tmp_path, plan, [picture_of, picture_of, picture_of])
    one, two, _ = (plan.edits[key].file for key in list(plan.edits)[:3])
    (out / PICTURES / one).unlink()
    (out / PICTURES / two).write_bytes(b"half")
    assert list(read_entries(out)) == [list(plan.edits)[2]]


def test_two_runs_at_once_are_refused(tmp_path):
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
    assert len((tmp_path / LOG).read_text().splitlines()) == 4


SLOW_JOB = """
import sys, time
from batch_studio import Studio
from fice.batch.journal import open_journal
from fice.batch.plan import make_plan
from fice.batch.rows import Asked, read_rows
from fice.batch.run import one_by_one, run

def slow(unit):
    for outcome in Studio()(unit):
        time.sleep(0.05)
        yield outcome

photos, out = sys.argv[1:]
plan = make_plan(read_rows(photos, Asked(tuple("abcdefghij"))), None, ".png")
from pathlib import Path
from types import SimpleNamespace
with open_journal(Path(out)) as journal:
    run(plan.units(journal.entries), one_by_one(slow), journal, plan.edits)
"""


def test_a_process_that_is_killed_loses_nothing_and_doubles_nothing(tmp_path, photos):
    out, path = tmp_path / "out", [str(one) for one in (ROOT, ROOT / "tests" / "support")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path)}
    command = [sys.executable, "-c", SLOW_JOB, str(photos), str(out)]
    killed = subprocess.Popen(command, env=environment)
    while not (out / LOG).exists() or (out / LOG).read_bytes().count(b"\n") < 3:
        assert killed.poll() is None
        time.sleep(0.01)
    killed.kill()
    killed.wait()
    before = read_entries(out)
    assert 3 <= len(before) < 20
    subprocess.run(command, env=environment, check=True)
    keys = [json.loads(line)["key"] for line in (out / LOG).read_text().splitlines()]
    assert len(keys) == len({*keys}) == 20
    assert before.items() <= read_entries(out).items()
    assert len(list((out / PICTURES).glob("*.png"))) == 20


def test_tables(tmp_path, plan):
    out = kept(tmp_path, plan, [picture_of, lambda key: Failed(key, "Not, a dress.", tries=2)])
    row = list(plan.edits.values())[3].row
    with open_journal(out) as journal:
        path = out / write_reports(journal, plan.edits)
        assert write_errors(journal, plan.edits, [(row, "It is empty.")])
    with (out / ERRORS).open(newline="") as file:
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
        path = out / write_reports(journal, plan.edits)
        assert not write_errors(journal, plan.edits, [])
    assert path.name == "reports.jsonl"
    assert [json.loads(line)["row"] for line in path.read_text().splitlines()] == [1, 2]


def test_a_lock_of_windows(tmp_path, monkeypatch):
    held = []

    def locking(number, mode, size):
        if held:
            raise OSError(13, "Permission denied")
        held.append((mode, size))

    windows = SimpleNamespace(LK_NBLCK=2, locking=locking)
    monkeypatch.setitem(sys.modules, "fcntl", None)
    monkeypatch.setitem(sys.modules, "msvcrt", windows)
    again = open_journal(tmp_path)
    with open_journal(tmp_path), pytest.raises(FiceError, match="Another run"), again:
        pass
    assert held == [(2, 1)]
