"""Photos and results on S3, through a real server on this machine."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from batch_studio import Studio, picture_of, write_picture
from object_store import running_store

import fice.batch.object_store
import fice.batch.places
from fice.base.errors import FiceError, ImageError
from fice.batch.journal import PICTURES, open_journal, read_entries
from fice.batch.places import (
    as_file,
    file_system,
    identity,
    list_ahead,
    photos_in,
    read_bytes,
)
from fice.batch.plan import make_plan
from fice.batch.rows import Asked, read_rows
from fice.batch.run import one_by_one, run
from fice.batch.tables import ERRORS, write_errors, write_reports
from fice.batch.values import Failed

ROOT = Path(__file__).parents[2]
SHOP, OUT = "s3://shop/in", "s3://shop/in/out"


@pytest.fixture(scope="module")
def server():
    with running_store() as environment, pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        yield environment


@pytest.fixture
def shop(server, tmp_path):
    """Two photos, and a mask in another bucket; emptied afterwards."""
    import s3fs

    files = s3fs.S3FileSystem(skip_instance_cache=True)
    files.mkdir("shop")
    for number, name in enumerate(("Anna Berg.png", "more/b.png")):
        content = write_picture(tmp_path / "one.png", number).read_bytes()
        files.pipe_file(f"shop/in/{name}", content)
    yield files
    files.rm("shop", recursive=True)
    files.invalidate_cache()


@pytest.fixture
def plan(shop):
    return make_plan(read_rows(SHOP, Asked(("red", "a blue coat")), OUT), {"steps": 1}, ".png")


def do(plan, studio):
    with open_journal(OUT) as journal:
        run(plan.units(journal.entries), one_by_one(studio), journal, plan.edits)
        return write_reports(journal, plan.edits), write_errors(journal, plan.edits, [])


def lines(shop):
    content = b"".join(shop.cat_file(one) for one in sorted(shop.find("shop/in/out/outcomes")))
    return [json.loads(line) for line in content.splitlines()]


def test_photos_are_found_and_read(shop):
    one, two = photos_in(SHOP)
    assert [one.named, two.named] == ["Anna Berg.png", "more/b.png"]
    assert one.identity == identity(one.place)
    with as_file(two.place) as path:
        assert path.read_bytes() == shop.cat_file("shop/in/more/b.png")
    shop.pipe_file("shop/in/Anna Berg.png", b"another")
    assert [
        new.identity == old.identity for new, old in zip(photos_in(SHOP), (one, two), strict=True)
    ] == [False, True]
    with pytest.raises(ImageError, match=r"no image at s3://shop/in/c\.png"):
        read_bytes("s3://shop/in/c.png")
    with pytest.raises(FiceError, match="nothing at s3://shop/none"):
        read_rows("s3://shop/none", Asked(("red",)))


def test_a_table_beside_the_photos(shop):
    shop.pipe_file("shop/in/t.csv", b"photo,text\nmore/b.png,red\n")
    (row,) = read_rows(f"{SHOP}/t.csv", Asked())
    assert row.photo == "s3://shop/in/more/b.png"
    assert len(make_plan([row], None, ".png").edits) == 1


def test_many_photos_of_a_table_are_not_asked_for_one_by_one(shop, monkeypatch):
    places = [one.place for one in photos_in(SHOP)] + [f"{SHOP}/more/c.png"]
    shop.pipe_file("shop/in/more/c.png", b"another")
    fresh, _ = file_system(SHOP)
    fresh.invalidate_cache()
    asked = [identity(one) for one in places]
    monkeypatch.setattr(fice.batch.places, "LISTED_FROM", 2)
    list_ahead(places)
    shop.rm_file("shop/in/more/c.png")
    assert [identity(one) for one in places] == asked  # of the list, which still has it


def test_results_on_the_store(shop, plan):
    studio = Studio({"red": lambda key: Failed(key, "Not, red.")})
    assert do(plan, studio) == ("reports.parquet", True)
    assert sorted(one.state for one in read_entries(OUT).values()) == ["done"] * 2 + ["failed"] * 2
    for key, edit in plan.edits.items():
        if edit.row.text != "red":
            assert shop.cat_file(f"shop/in/out/{PICTURES}/{edit.file}") == f"picture {key}".encode()
    table = csv.DictReader(io.StringIO(shop.cat_file(f"shop/in/out/{ERRORS}").decode()))
    assert [one["reason"] for one in table] == ["Not, red."] * 2
    # Results are no photos, and what is finished is not done again.
    assert len(photos_in(SHOP, OUT)) == 2
    again = Studio()
    do(plan, again)
    assert again.units == []
    assert len(lines(shop)) == 4


def test_pictures_are_written_side_by_side_and_told_when_they_are_there(plan, monkeypatch):
    together = threading.Barrier(4, timeout=60)
    with open_journal(OUT) as journal:
        write = journal.results.write

        def waiting(name, content):
            if name.startswith(PICTURES):
                together.wait()  # for the three others
            write(name, content)

        monkeypatch.setattr(journal.results, "write", waiting)
        for key, edit in plan.edits.items():
            assert key not in journal.entries
            journal.keep(edit, picture_of(key))
        journal.settle()
        assert list(journal.entries) == list(plan.edits)


def test_a_picture_that_is_gone_is_done_again(shop, plan):
    do(plan, Studio())
    first = next(iter(plan.edits.values()))
    shop.rm_file(f"shop/in/out/{PICTURES}/{first.file}")
    again = Studio()
    assert do(plan, again) == ("reports.parquet", False)
    assert [[one.key for one in unit.edits] for unit in again.units] == [[first.key]]
    assert not shop.exists(f"shop/in/out/{ERRORS}")
    assert len({one["key"] for one in lines(shop)}) == 4


def test_parts_of_the_journal(shop, plan, monkeypatch):
    monkeypatch.setattr(fice.batch.object_store, "PART_BYTES", 1)
    do(plan, Studio())
    assert len(shop.find("shop/in/out/outcomes")) == 4
    with open_journal(OUT) as journal:
        assert [one["key"] for one in journal.lines(plan.edits)] == list(plan.edits)
    monkeypatch.setattr(fice.batch.object_store, "PART_BYTES", 1 << 20)
    with open_journal(OUT) as journal:
        for key, edit in plan.edits.items():
            journal.keep(edit, picture_of(key))
        journal.settle()
        # The first line is written at once, the others soon or at the end.
        shop.invalidate_cache()
        assert len(shop.find("shop/in/out/outcomes")) == 5
        assert [one["key"] for one in journal.lines(plan.edits)] == list(plan.edits)
    assert len(lines(shop)) == 8


JOB = """
import sys, time
from batch_studio import Studio
from fice.batch.journal import open_journal
from fice.batch.plan import make_plan
from fice.batch.rows import Asked, read_rows
from fice.batch.run import one_by_one, run
import fice.batch.object_store
fice.batch.object_store.WRITE_S = 0.3

def slow(unit):
    for outcome in Studio()(unit):
        time.sleep(0.1)
        yield outcome

plan = make_plan(read_rows(sys.argv[1], Asked(tuple("abcdefghij")), sys.argv[2]), None, ".png")
with open_journal(sys.argv[2]) as journal:
    run(plan.units(journal.entries), one_by_one(slow), journal, plan.edits)
"""


def test_a_process_that_is_killed_loses_nothing(shop, server):
    path = os.pathsep.join(map(str, (ROOT, ROOT / "tests" / "support")))
    environment = {**os.environ, "PYTHONPATH": path}
    command = [sys.executable, "-c", JOB, SHOP, OUT]
    killed = subprocess.Popen(command, env=environment)
    while len(read_entries(OUT)) < 3:
        assert killed.poll() is None
        time.sleep(0.02)
    killed.kill()
    killed.wait()
    before = read_entries(OUT)
    assert 3 <= len(before) < 20
    subprocess.run(command, env=environment, check=True)
    found = [one["key"] for one in lines(shop)]
    assert len(found) == len({*found}) == 20  # nothing that was told done was done again
    assert {*before} < {*read_entries(OUT)}
    assert len(shop.find(f"shop/in/out/{PICTURES}")) == 20


def test_a_store_that_does_not_answer_is_told(plan, monkeypatch):
    def gone(*_):
        raise OSError("gone")

    key, edit = next(iter(plan.edits.items()))
    with open_journal(OUT) as journal:
        monkeypatch.setattr(journal.results._files, "pipe_file", gone)

        def keep():  # the picture is written aside, and its error told here or there
            journal.keep(edit, picture_of(key))
            journal.settle()

        with pytest.raises(FiceError, match=r"pictures/.* cannot be written; what is finished"):
            keep()
        assert journal.entries == {}
