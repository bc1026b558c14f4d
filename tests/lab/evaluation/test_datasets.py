"""Readers of pairs and of public layouts, on tiny files in those layouts."""

from __future__ import annotations

import json

import h5py
import numpy as np
import pyarrow
import pyarrow.parquet
import pytest
import torch

from fice.base.errors import FiceError, ImageError
from fice.base.images import write_image
from fice.lab.evaluation.datasets import open_cases
from fice.lab.evaluation.datasets.texts import exchanged, texts_by_garment

SIDE = 8


def write_photo(path, level):
    write_image(path, torch.full((3, SIDE, SIDE), level))


def level_of(image):
    return pytest.approx(image.mean().item(), abs=1 / 255)


class TestPairs:
    @pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
    def test_tables(self, tmp_path, kind):
        write_photo(tmp_path / "in" / "one.png", 0.2)
        rows = [
            {"id": "", "image": "in/one.png", "text": "a red shirt", "source_text": ""},
            {"id": "named", "image": "in/one.png", "text": "blue", "source_text": "green"},
        ]
        path = tmp_path / f"table.{kind}"
        if kind == "csv":
            lines = [",".join(rows[0]), *(",".join(row.values()) for row in rows)]
            path.write_text("\n".join(lines))
        elif kind == "jsonl":
            path.write_text("\n".join(json.dumps(row) for row in rows))
        else:
            pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), path)
        data = open_cases(str(path))
        assert (data.name, len(data)) == ("table", 2)
        assert data.ids() == ["in_one", "named"]
        case = data.case(1)
        assert (case.text, case.source_text) == ("blue", "green")
        assert level_of(case.image) == 0.2
        assert level_of(data.real(0)) == 0.2

    def test_folder_with_texts_beside_the_photos(self, tmp_path):
        for name in ("b", "a", "silent"):
            write_photo(tmp_path / f"{name}.jpg", 0.5)
        (tmp_path / "a.txt").write_text("a hat\n")
        (tmp_path / "b.txt").write_text("a coat")
        data = open_cases(str(tmp_path))
        assert [(data.case(i).id, data.case(i).text) for i in range(len(data))] == [
            ("a", "a hat"),
            ("b", "a coat"),
        ]

    def test_folder_with_a_table(self, photos):
        data = open_cases(str(photos))
        assert data.name == "photos"
        assert data.ids() == ["0", "1", "2", "3", "4"]

    def test_same_photo_twice_has_two_ids(self, tmp_path):
        (tmp_path / "pairs.csv").write_text("image,text\na.png,one\na.png,two\n")
        assert open_cases(str(tmp_path)).ids() == ["a", "a-2"]

    def test_another_text_is_another_data_set(self, tmp_path):
        prints = []
        for text in ("one", "two"):
            (tmp_path / "pairs.csv").write_text(f"image,text\na.png,{text}\n")
            prints.append(open_cases(str(tmp_path)).fingerprint)
        assert prints[0] != prints[1]

    def test_rows_and_captions_that_cannot_be_used_spare_the_others(self, tmp_path):
        for name in "abc":
            write_photo(tmp_path / f"{name}.png", 0.5)
        (tmp_path / "a.txt").write_bytes("a café coloured dress".encode("cp1252"))
        (tmp_path / "b.txt").write_text("a hat", encoding="utf-8-sig")
        (tmp_path / "c.txt").write_text(" ")
        data = open_cases(str(tmp_path))
        assert data.ids() == ["a", "b", "c"]
        assert (data.case(1).text, data.problem(1)) == ("a hat", "")
        for index, why in ((0, r"a\.txt is not text in UTF-8"), (2, r"c\.txt has no text")):
            assert data.asked(index).text == ""
            with pytest.raises(FiceError, match=why):
                data.case(index)
            with pytest.raises(FiceError, match=why):
                data.real(index)

    def test_only_caption_in_another_encoding(self, tmp_path):
        write_photo(tmp_path / "a.png", 0.5)
        (tmp_path / "a.txt").write_bytes("a café coloured dress".encode("cp1252"))
        with pytest.raises(FiceError, match=r"a\.txt is not text in UTF-8.* Save it again"):
            open_cases(str(tmp_path))

    @pytest.mark.parametrize("kind", ["csv", "tsv", "jsonl"])
    def test_encodings_of_tables(self, tmp_path, kind):
        path = tmp_path / f"table.{kind}"
        break_inside = "\u2028" if kind == "jsonl" else ""
        row = {"image": "é.png", "text": f"a café{break_inside} dress"}
        between = {"csv": ",", "tsv": "\t"}.get(kind)
        lines = [json.dumps(row, ensure_ascii=False)]
        if between:
            lines = [between.join(row), between.join(row.values())]
        text = "\n".join(lines)
        path.write_bytes(text.encode("utf-8-sig"))
        data = open_cases(str(path))
        assert data.ids() == ["é"]
        assert data.asked(0).text == row["text"]
        path.write_bytes(text.replace(break_inside, "").encode("latin-1"))
        with pytest.raises(FiceError, match=rf"table\.{kind} is not text in UTF-8.* Save it"):
            open_cases(str(path))

    @pytest.mark.parametrize("change", ["photo", "source_text"])
    def test_another_photo_or_source_text_is_another_data_set(self, tmp_path, change):
        prints = []
        for content in ("a man", "a woman"):
            source = content if change == "source_text" else "a man"
            (tmp_path / "a.png").write_text(content if change == "photo" else "")
            (tmp_path / "pairs.csv").write_text(f"image,text,source_text\na.png,red,{source}\n")
            prints.append(open_cases(str(tmp_path)).fingerprint)
        assert prints[0] != prints[1]

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            ("image,text\n", "no pair"),
            ("image,text\na.png,\n", "Row 1 of pairs.csv has no text"),
            ("name\nx\n", "Row 1 of pairs.csv has no image and no text"),
        ],
    )
    def test_unusable_table(self, tmp_path, content, message):
        (tmp_path / "pairs.csv").write_text(content)
        with pytest.raises(FiceError, match=message):
            open_cases(str(tmp_path))

    @pytest.mark.parametrize(
        ("name", "content", "message"),
        [
            ("pairs.jsonl", "{", "cannot be read as a table: line 1 is not JSON"),
            ("pairs.jsonl", "\n[1]", "line 2 is not a JSON object"),
            ("pairs.parquet", "no", "cannot be read as a table"),
            ("pairs.xls", "no", "not a table that can be read"),
        ],
    )
    def test_damaged_table(self, tmp_path, name, content, message):
        (tmp_path / name).write_text(content)
        with pytest.raises(FiceError, match=message):
            open_cases(str(tmp_path / name))

    def test_missing_photo_is_told_by_name(self, tmp_path):
        (tmp_path / "pairs.csv").write_text("image,text\ngone.png,one\n")
        with pytest.raises(ImageError, match=r"gone\.png"):
            open_cases(str(tmp_path)).case(0)

    def test_unknown_set(self):
        with pytest.raises(FiceError, match="There is no data set nowhere"):
            open_cases("nowhere")


class TestDemo:
    def test_case_and_text_of_the_figure(self):
        case = open_cases("demo").case(1)
        assert case.image.shape == (3, 128, 128)
        assert case.wanted == {"colour": "teal"}
        assert "teal" in case.text
        assert "teal" not in case.source_text
        assert len(case.source_text.split()) > 2

    def test_real_figures_are_no_cases(self):
        data = open_cases("demo")
        assert not torch.equal(data.real(0), data.case(0).image)


class TestExchanged:
    def test_every_value_moves_within_its_group(self):
        values, groups = list("abcdefgh"), [1, 1, 1, 2, 2, 2, 2, 3]
        moved = exchanged(values, groups)
        assert sorted(moved[:3]) == list("abc")
        assert sorted(moved[3:7]) == list("defg")
        assert all(new != old for new, old in zip(moved[:7], values[:7], strict=True))
        assert moved[7] == "h"
        assert moved == exchanged(values, groups)


class TestViton:
    @pytest.fixture
    def root(self, tmp_path):
        root = tmp_path / "viton"
        for name, level in (("p1", 0.1), ("p2", 0.6)):
            write_photo(root / "test" / "image" / f"{name}.jpg", level)
        (root / "test_pairs.txt").write_text("p1.jpg g2.jpg\np2.jpg g1.jpg\n\np1.jpg g3.jpg\n")
        return root

    def test_texts_of_garments(self, root, tmp_path):
        texts = tmp_path / "texts.json"
        texts.write_text(json.dumps({"g1": "a red top", "g2.jpg": ["blue", "long sleeves "]}))
        data = open_cases(f"viton:{root}", texts)
        assert data.name == "viton:viton"
        assert data.ids() == ["p1_g2", "p2_g1"]
        assert [data.case(i).text for i in range(2)] == ["blue, long sleeves", "a red top"]
        assert level_of(data.case(1).image) == 0.6

    def test_table_of_texts(self, tmp_path):
        path = tmp_path / "texts.csv"
        path.write_text("garment,text\ng1.jpg,a red top\n")
        assert texts_by_garment(path) == {"g1": "a red top"}

    def test_descriptions_of_fashion_gen(self, root, tmp_path):
        write_fashion_gen(tmp_path / "fashion.h5")
        data = open_cases(f"viton:{root}", tmp_path / "fashion.h5")
        again = open_cases(f"viton:{root}", tmp_path / "fashion.h5")
        assert len(data) == 3
        said = [data.case(i).text for i in range(3)]
        assert said == [again.case(i).text for i in range(3)]
        assert set(said) <= {"a shirt 0", "a shirt 1", "a shirt 2", "a hat 3"}

    def test_says_what_is_missing(self, root, tmp_path):
        with pytest.raises(FiceError, match="VITON has no texts"):
            open_cases(f"viton:{root}")
        texts = tmp_path / "texts.json"
        texts.write_text('{"other": "x"}')
        with pytest.raises(FiceError, match="None of the garments"):
            open_cases(f"viton:{root}", texts)
        with pytest.raises(FiceError, match="no list of test pairs"):
            open_cases(f"viton:{tmp_path}", texts)
        (root / "test_pairs.txt").write_bytes("é.jpg g1.jpg\n".encode("latin-1"))
        with pytest.raises(FiceError, match=r"test_pairs\.txt is not text in UTF-8"):
            open_cases(f"viton:{root}", texts)
        (root / "test_pairs.txt").write_text("p1.jpg\n")
        with pytest.raises(FiceError, match=r"Line 1 of test_pairs\.txt"):
            open_cases(f"viton:{root}", texts)


def write_fashion_gen(path):
    """Four products with a front photo each, and one photo from behind."""
    poses = [b"id_gridfs_1"] * 4 + [b"id_gridfs_2"]
    kinds = [b"SHIRTS"] * 3 + [b"HATS", b"SHIRTS"]
    said = [b"a shirt 0", b"a shirt 1", b"a shirt 2", b"a hat 3", b"a shirt 2"]
    with h5py.File(path, "w") as file:
        levels = np.arange(5, dtype=np.uint8)[:, None, None, None] * 40
        file["input_image"] = np.broadcast_to(levels, (5, SIDE, SIDE, 3))
        file["input_pose"] = np.array(poses).reshape(-1, 1)
        file["input_category"] = np.array(kinds).reshape(-1, 1)
        file["input_description"] = np.array(said).reshape(-1, 1)
        file["input_productID"] = np.array([7, 8, 9, 10, 9]).reshape(-1, 1)


class TestFashionGen:
    def test_front_photos_with_texts_of_others_of_their_category(self, tmp_path):
        write_fashion_gen(tmp_path / "val.h5")
        data = open_cases(f"fashion-gen:{tmp_path / 'val.h5'}", category="SHIRTS")
        assert data.ids() == ["7-0", "8-1", "9-2"]
        cases = [data.case(i) for i in range(3)]
        assert [case.source_text for case in cases] == ["a shirt 0", "a shirt 1", "a shirt 2"]
        assert sorted(case.text for case in cases) == ["a shirt 0", "a shirt 1", "a shirt 2"]
        assert all(case.text != case.source_text for case in cases)
        assert level_of(cases[2].image) == 80 / 255

    def test_photos_that_cannot_be_read(self, tmp_path):
        path = tmp_path / "val.h5"
        write_fashion_gen(path)
        data = open_cases(f"fashion-gen:{path}")
        with h5py.File(path, "a") as file:
            del file["input_image"]
            file["input_image"] = np.zeros((1, SIDE, SIDE, 3), np.uint8)
        assert data.case(0).image.shape == (3, SIDE, SIDE)
        with pytest.raises(FiceError, match=r"Photo 1 of val\.h5 cannot be read"):
            data.case(1)
        with h5py.File(path, "a") as file:
            del file["input_image"]
        with pytest.raises(FiceError, match="has no input_image"):
            open_cases(f"fashion-gen:{path}")

    def test_wrong_files(self, tmp_path):
        write_fashion_gen(tmp_path / "val.h5")
        with pytest.raises(FiceError, match="it has HATS, SHIRTS"):
            open_cases(f"fashion-gen:{tmp_path / 'val.h5'}", category="COATS")
        (tmp_path / "bad.h5").write_text("no")
        with pytest.raises(FiceError, match="not an HDF5 file"):
            open_cases(f"fashion-gen:{tmp_path / 'bad.h5'}")
        with h5py.File(tmp_path / "other.h5", "w") as file:
            file["x"] = 1
        with pytest.raises(FiceError, match="not a split of Fashion-Gen"):
            open_cases(f"fashion-gen:{tmp_path / 'other.h5'}")


class TestDeepFashion:
    def test_captions_of_others_of_their_kind(self, tmp_path):
        kinds = ("MEN-Denim", "MEN-Denim", "WOMEN-Dresses", "WOMEN-Dresses", "WOMEN-Dresses")
        names = [f"{kind}-id_{i:08d}-01_1_front.jpg" for i, kind in enumerate(kinds)]
        for name in names:
            write_photo(tmp_path / "images" / name, 0.5)
        captions = {name: f"caption {i}" for i, name in enumerate(names)}
        (tmp_path / "captions.json").write_text(json.dumps({**captions, "gone.jpg": "no photo"}))
        data = open_cases(f"deepfashion-mm:{tmp_path}")
        cases = [data.case(i) for i in range(len(data))]
        assert [case.source_text for case in cases] == list(captions.values())
        assert {case.text for case in cases[:2]} == {"caption 0", "caption 1"}
        assert all(case.text != case.source_text for case in cases)

    def test_says_what_is_missing(self, tmp_path):
        with pytest.raises(FiceError, match=r"captions\.json"):
            open_cases(f"deepfashion-mm:{tmp_path}")
        (tmp_path / "captions.json").write_text('{"a.jpg": "x"}')
        with pytest.raises(FiceError, match="No caption"):
            open_cases(f"deepfashion-mm:{tmp_path}")
        (tmp_path / "captions.json").write_text("[1]")
        with pytest.raises(FiceError, match="not a JSON object"):
            open_cases(f"deepfashion-mm:{tmp_path}")
        (tmp_path / "captions.json").write_bytes('{"a.jpg": "café"}'.encode("latin-1"))
        with pytest.raises(FiceError, match=r"captions\.json is not text in UTF-8"):
            open_cases(f"deepfashion-mm:{tmp_path}")
