from __future__ import annotations

import logging

import numpy as np
import pytest
from PIL import ImageFont

from fice.reports import fonts
from fice.reports.drawing import text_width, wrap, write_text
from fice.reports.fonts import runs

TEXTS = (
    "红色连衣裙",
    "带褶皱的紫色绉纱裙子，袖口镂空。",
    "café, crêpe, señora, Größe",
    "zażółć gęślą jaźń, dlouhý rukáv",
    "красное платье",
    "κόκκινο φόρεμα",
    "áo dài màu đỏ",
)


@pytest.fixture
def shipped_only(monkeypatch):
    """As on a machine without any font."""
    monkeypatch.setattr(fonts, "NAMES", fonts.SHIPPED)
    fonts._pieces.cache_clear()
    fonts._found.cache_clear()
    yield
    fonts._pieces.cache_clear()
    fonts._found.cache_clear()


def drawn(text, size=20, width=900):
    picture = np.full((60, width, 3), 255, np.uint8)
    write_text(picture, text, (10, 40), (0, 0, 0), size)
    return picture


@pytest.mark.usefixtures("shipped_only")
@pytest.mark.parametrize("text", TEXTS)
def test_each_letter_is_drawn_as_itself(text):
    letters = sorted({one for one in text if not one.isspace()})
    pictures = {drawn(one, width=60).tobytes() for one in (*letters, "\U0010ffff")}
    assert len(pictures) == len(letters) + 1
    assert "".join(piece for _, piece in runs(text, 20)) == text


@pytest.mark.usefixtures("shipped_only")
def test_all_common_chinese_characters():
    rows = (bytes([row, cell]) for row in range(0xB0, 0xF8) for cell in range(0xA1, 0xFF))
    characters = b"".join(rows).decode("gb2312", "ignore")
    assert len(characters) == 6763
    assert all(fonts._has(fonts.SHIPPED[1], one) for one in characters[::7])


@pytest.mark.usefixtures("shipped_only")
def test_what_no_font_has_is_written_as_its_code(caplog):
    with caplog.at_level(logging.WARNING):
        pieces = "".join(piece for _, piece in runs("a 👗 dress", 20))
    assert pieces.split() == ["a", "U+1F457", "dress"]
    assert "👗" in caplog.text


def test_a_font_of_the_system_is_used_for_what_the_shipped_ones_lack(monkeypatch):
    """The second shipped font plays the part of one that the system has."""
    chinese = str(fonts.FOLDER / fonts.SHIPPED[1])
    monkeypatch.setattr(fonts, "NAMES", (fonts.SHIPPED[0], "no such font.ttf", chinese))
    fonts._pieces.cache_clear()
    assert [font.path for font, _ in runs("红", 20)] == [chinese]
    fonts._pieces.cache_clear()


def test_a_font_that_draws_boxes_or_nothing_has_no_letter():
    assert not fonts._has(fonts.SHIPPED[0], "红")
    assert not fonts._has(fonts.SHIPPED[0], "\x01")
    assert fonts._has(fonts.SHIPPED[0], " ")


def test_mixed_texts_take_their_letters_from_several_fonts():
    pieces = runs("płaszcz 红", 20)
    assert "".join(piece for _, piece in pieces) == "płaszcz 红"
    assert len({font.path for font, _ in pieces}) > 1
    assert all(isinstance(font, ImageFont.FreeTypeFont) for font, _ in pieces)


class TestWrap:
    @pytest.mark.parametrize("width", [40, 120, 333])
    @pytest.mark.parametrize("text", [*TEXTS, "word " * 40, "w" * 90, "a\nb\tc", " 红 and 裙。"])
    def test_lines_fit_and_hold_all(self, text, width):
        lines = wrap(text, width, 14)
        assert all(text_width(line, 14) <= width for line in lines)
        assert "".join("".join(lines).split()) == "".join(text.split())

    def test_words_stay_whole(self):
        assert [line.split() for line in wrap("one two three", 60, 14)] == [
            ["one", "two"],
            ["three"],
        ]

    def test_no_line_begins_with_a_full_stop(self):
        lines = wrap("红色连衣裙，" * 20, 200, 14)
        assert len(lines) > 5
        assert not any(line.startswith("，") for line in lines)

    def test_nothing(self):
        assert wrap("", 100, 14) == [""]


@pytest.mark.parametrize("origin", [(-30, 10), (20, -50), (20, 0), (20, 70), (950, 40)])
def test_what_lies_outside_is_left_out(origin):
    picture = np.full((60, 900, 3), 255, np.uint8)
    write_text(picture, "word", origin, (0, 0, 0), 20)
    assert picture.shape == (60, 900, 3)


def test_anchors():
    middle = {}
    for anchor in ("left", "middle", "right"):
        picture = np.full((60, 900, 3), 255, np.uint8)
        write_text(picture, "word", (450, 40), (0, 0, 0), 20, anchor)
        middle[anchor] = np.flatnonzero((picture < 128).any((0, 2))).mean()
    half = text_width("word", 20) / 2
    assert middle["left"] - middle["middle"] == pytest.approx(half, abs=1)
    assert middle["middle"] - middle["right"] == pytest.approx(half, abs=1)
