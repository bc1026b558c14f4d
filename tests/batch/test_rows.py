from __future__ import annotations

import json

import pytest

from fice.base.errors import FiceError
from fice.batch.rows import Asked, read_rows

RED = Asked(("red",), seed=5, negative="stripes")


def table(folder, name, content):
    (folder / name).write_text(content, encoding="utf-8")
    return str(folder / name)


def test_a_folder_gives_each_photo_each_text(photos):
    (photos / "notes.txt").write_text("no photo")
    (photos / ".hidden.png").write_text("no photo either")
    rows = read_rows(str(photos), Asked(("red", "blue")))
    assert [(one.number, one.named, one.text) for one in rows] == [
        (1, "Anna Berg.png", "red"),
        (2, "Anna Berg.png", "blue"),
        (3, "more/b.png", "red"),
        (4, "more/b.png", "blue"),
    ]


def test_results_in_the_folder_of_photos_are_no_photos(photos):
    rows = read_rows(str(photos), Asked(("red",)), photos / "more")
    assert [one.named for one in rows] == ["Anna Berg.png"]


def test_csv_says_what_it_wants_and_the_rest_is_asked_for(tmp_path):
    place = table(
        tmp_path,
        "t.csv",
        "\ufeffphoto,text,seed,negative,mask,name\n"
        'a.png,"red, with dots",7,,m.png,first\n'
        "/b.png,blue,,dots,,\n",
    )
    one, two = read_rows(place, Asked(seed=5, negative="stripes"))
    assert (one.photo, one.named, one.text) == (str(tmp_path / "a.png"), "a.png", "red, with dots")
    assert (one.seed, one.negative, one.name) == (7, "stripes", "first")
    assert one.mask == str(tmp_path / "m.png")
    assert (two.photo, two.seed, two.negative, two.mask) == ("/b.png", 5, "dots", "")


def test_jsonl_and_parquet_are_the_same_table(tmp_path):
    pa = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    lines = [{"photo": "a.png", "text": "red", "seed": 2}, {"photo": "b.png", "text": "blue"}]
    text = "\n".join(map(json.dumps, lines)) + "\n\n"
    of_jsonl = read_rows(table(tmp_path, "t.jsonl", text), Asked())
    parquet.write_table(pa.Table.from_pylist(lines), tmp_path / "t.parquet")
    assert read_rows(str(tmp_path / "t.parquet"), Asked()) == of_jsonl
    assert [one.seed for one in of_jsonl] == [2, 0]


def test_a_table_of_photos_with_texts_beside(tmp_path):
    rows = read_rows(table(tmp_path, "t.csv", "photo\na.png\nb.png\n"), Asked(("red", "blue")))
    assert [(one.number, one.named, one.text) for one in rows][2] == (3, "b.png", "red")


@pytest.mark.parametrize(
    ("content", "asked", "said"),
    [
        ("photo,text,colour\na,b,c\n", Asked(), "columns that mean nothing here: colour"),
        ("text\nred\n", Asked(), "no column 'photo'"),
        ("photo,text\na,red\n", RED, "--text is given too"),
        ("photo\na\n", Asked(), "no column 'text'"),
        ("photo,text\na, \n", Asked(), "row 1 has no text"),
        ("photo,text\n,red\n", Asked(), "row 1 has no photo"),
        ("photo,text\na,red,blue\n", Asked(), "line 2 has not as many cells"),
        ("photo,text\na\n", Asked(), "line 2 has not as many cells"),
        ("photo,text,seed\na,red,-1\n", Asked(), "the seed '-1' is not a whole number"),
        ("photo,text,name\na,red,../b\n", Asked(), "cannot be the name of a file"),
        ("photo,text\n", Asked(), "holds no photo"),
    ],
)
def test_what_is_wrong_with_a_table_is_told(tmp_path, content, asked, said):
    with pytest.raises(FiceError, match=said):
        read_rows(table(tmp_path, "t.csv", content), asked)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("t.jsonl", "{", "line 1 is not JSON"),
        ("t.jsonl", "[1]", "line 1 is no object"),
        ("t.xlsx", "", "neither a folder nor a table"),
        ("t.parquet", "", "not a Parquet file"),
    ],
)
def test_other_files_are_refused(tmp_path, name, content, said):
    with pytest.raises(FiceError, match=said):
        read_rows(table(tmp_path, name, content), Asked())


def test_nothing_there(tmp_path):
    with pytest.raises(FiceError, match="no folder or table none"):
        read_rows(str(tmp_path / "none"), RED)
    with pytest.raises(FiceError, match="holds no photo"):
        read_rows(str(tmp_path), RED)
    with pytest.raises(FiceError, match="There is no text"):
        read_rows(str(tmp_path), Asked())
