"""The table of words: the built-in one, and one's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from fice.base.errors import TextError
from fice.demo.world.palette import COLOUR_NAMES
from fice.words import load_bank
from fice.words.bank import BUILT_IN

HEAD = "attribute,value,like,place,words,beside,means\n"


def test_every_finer_value_ends_at_one_that_photos_are_read_for() -> None:
    for name, attribute in load_bank().attributes.items():
        for value in attribute.values:
            simplest = attribute.values[load_bank().simplest(name, value)]
            assert not simplest.like
            assert simplest.read


def test_a_phrase_stands_for_one_thing_only() -> None:
    """A spelling in two rows would be lost in the second without a word."""
    seen: dict[str, str] = {}
    twice: list[tuple[str, str, str]] = []
    for name, attribute in load_bank().attributes.items():
        for value in attribute.values.values():
            for spelling in dict.fromkeys((value.name, *value.spellings)):
                here = f"{name} {value.name}"
                if seen.setdefault(spelling, here) != here:
                    twice.append((spelling, seen[spelling], here))
    assert not twice


def test_what_a_value_means_besides_is_in_the_table() -> None:
    bank = load_bank()
    for attribute in bank.attributes.values():
        for value in attribute.values.values():
            for name, meant in value.means.items():
                assert meant in bank.attributes[name].values
        assert not attribute.without or attribute.without in attribute.values


def test_the_table_has_the_demo_world_and_hundreds_of_words_more() -> None:
    bank = load_bank()
    assert set(COLOUR_NAMES) <= set(bank.attributes["colour"].read)
    assert len(bank.entries) > 900


def test_a_table_of_ones_own(tmp_path: Path) -> None:
    path = tmp_path / "words.csv"
    path.write_text(
        f"{HEAD}colour,,,,colour,,layers=texture\ncolour,rot,,before,rote;rotes,,\n", "utf-8"
    )
    assert load_bank(path).value("colour", "rot").spellings == ("rote", "rotes")


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ("colour,red,,before,,,\n", "no row without one"),
        ("colour,,,,colour,,layers=texture\ncolour,red,,under,,,\n", "place is 'under'"),
        ("colour,,,,colour,,layers=skin\n", "layers 'skin'"),
        ("colour,,,,colour,,layers=texture\ncolour,crimson,rot,before,,,\n", "like 'rot'"),
    ],
)
def test_a_wrong_row_is_named(tmp_path: Path, rows: str, told: str) -> None:
    path = tmp_path / "words.csv"
    path.write_text(HEAD + rows, "utf-8")
    with pytest.raises(TextError, match=told):
        load_bank(path)


def test_a_table_with_other_columns_or_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "words.csv"
    path.write_text("word,value\n", "utf-8")
    with pytest.raises(TextError, match="has the columns"):
        load_bank(path)
    path.write_bytes(b"\xff\xfe\x00\x01")
    with pytest.raises(TextError, match="cannot be read"):
        load_bank(path)
    with pytest.raises(TextError, match="cannot be read"):
        load_bank(tmp_path / "missing.csv")


def test_the_built_in_table_is_shipped() -> None:
    assert BUILT_IN.is_file()
