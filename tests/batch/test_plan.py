from __future__ import annotations

from dataclasses import replace

import pytest

from fice.base.errors import FiceError
from fice.batch.plan import make_plan, slug
from fice.batch.rows import Asked, read_rows


def rows_of(photos, *texts):
    return read_rows(str(photos), Asked(texts))


def keys(rows, settings=None):
    return list(make_plan(rows, settings, ".png").edits)


def test_a_photo_with_all_its_texts_is_one_unit(plan):
    units = plan.units()
    assert [[one.row.text for one in unit.edits] for unit in units] == [["red", "a blue coat"]] * 2
    first = next(iter(plan.edits))
    assert [len(unit.edits) for unit in plan.units([first])] == [1, 2]
    assert plan.photos == 2


def test_files_are_named_by_photo_text_and_key(plan):
    files = [one.file for one in plan.edits.values()]
    key = list(plan.edits)[1]
    assert files[1] == f"anna-berg-a-blue-coat-{key[:8]}.png"
    assert len({*files}) == 4


def test_keys_change_with_all_that_changes_a_picture(photos):
    rows = rows_of(photos, "red")
    before = keys(rows, {"steps": 1})
    assert keys(rows, {"steps": 1}) == before
    assert {*keys(rows, {"steps": 2})}.isdisjoint(before)
    for change in ({"seed": 1}, {"negative": "dots"}, {"text": "blue"}, {"named": "other"}):
        changed = [replace(one, **change) for one in rows]
        assert {*keys(changed, {"steps": 1})}.isdisjoint(before)
    path = photos / "Anna Berg.png"
    path.write_bytes(path.read_bytes() + b"x")
    assert [a == b for a, b in zip(keys(rows, {"steps": 1}), before, strict=True)] == [False, True]


def test_photos_that_cannot_be_read_are_set_aside(photos):
    (photos / "empty.png").write_bytes(b"")
    (photos / "text.jpg").write_text("no photo")
    rows = rows_of(photos, "red")
    gone = replace(rows[0], photo=str(photos / "gone.png"))
    no_mask = replace(rows[0], mask=str(photos / "no-mask.png"))
    plan = make_plan([*rows, gone, no_mask], None, ".png")
    assert len(plan.edits) == 2
    said = [reason for _, reason in plan.unreadable]
    assert [one.split(" is ")[0] for one in said[:2]] == ["empty.png", "text.jpg"]
    assert said[2].startswith("There is no image gone.png")
    assert said[3].startswith("There is no image no-mask.png")


def test_what_is_said_twice_is_done_once(photos):
    rows = rows_of(photos, "red")
    plan = make_plan([*rows, *rows], None, ".png")
    assert (len(plan.edits), plan.repeated) == (2, 2)


def test_two_rows_of_one_name_are_refused(photos):
    one, two = rows_of(photos, "red")
    with pytest.raises(FiceError, match=r"Rows 1 and 2 would both be written to look\.png"):
        make_plan([replace(one, name="Look"), replace(two, name="look")], None, ".png")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A (red:1.3) Dress!", "a-red-1-3-dress"),
        ("红色连衣裙", "红色连衣裙"),
        ("x" * 100, "x" * 70),
        ("é" * 60, "é" * 35),
        ("?!", ""),
    ],
)
def test_slugs(text, expected):
    assert slug(text) == expected
