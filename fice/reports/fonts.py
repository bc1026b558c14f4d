"""Which font has the letters of a text: the shipped ones first, then those of the system."""

from __future__ import annotations

import logging
import unicodedata
from functools import cache
from itertools import groupby
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

FOLDER = Path(__file__).parent / "fonts"
SHIPPED = ("NotoSans-latin.ttf", "NotoSansSC-gb2312.otf")
INSTALLED = (
    # Linux
    *("NotoSansCJK-Regular.ttc", "DroidSansFallbackFull.ttf", "DejaVuSans.ttf", "FreeSans.ttf"),
    *("NotoSansArabic-Regular.ttf", "NotoSansDevanagari-Regular.ttf", "NotoSansThai-Regular.ttf"),
    # macOS
    *("PingFang.ttc", "Hiragino Sans GB.ttc", "AppleSDGothicNeo.ttc", "Arial Unicode.ttf"),
    # Windows
    *("msyh.ttc", "meiryo.ttc", "YuGothR.ttc", "malgun.ttf", "segoeui.ttf", "Nirmala.ttf"),
)
"""By file name; Pillow looks for it where the system keeps fonts."""
NAMES = (*SHIPPED, *INSTALLED)
PROBE = 24  # the size at which glyphs are compared
NO_CHARACTER = "\U0010ffff"  # which every font draws as its sign for a missing glyph
INVISIBLE = ("Zs", "Cf", "Mn")  # categories of which a glyph may be blank

Run = tuple[ImageFont.FreeTypeFont, str]
"""A font and a piece of text that it has all letters of."""


def runs(text: str, size: int) -> list[Run]:
    """`text` in pieces, each with its font; white space becomes single spaces.

    One font draws all of it if any can. A character that no font has is written as its code,
    e.g. `U+1F600`, and a warning is logged.

    Args:
        text: in any script.
        size: of the letters, in pixels.
    """
    pieces: list[Run] = []
    for name, piece in _pieces(unicodedata.normalize("NFC", " ".join(text.split()))):
        font = _font(name, size)
        assert font is not None
        pieces.append((font, piece))
    return pieces


@cache
def _pieces(text: str) -> list[tuple[str, str]]:
    whole = next((name for name in NAMES if all(_has(name, one) for one in text)), None)
    if whole is not None:
        return [(whole, text)]
    grouped = groupby(map(_found, text), key=lambda pair: pair[0])
    return [(name, "".join(piece for _, piece in pairs)) for name, pairs in grouped]


@cache
def _found(character: str) -> tuple[str, str]:
    """A font, and what it shall draw for `character`."""
    name = next((name for name in NAMES if _has(name, character)), None)
    if name is not None:
        return name, character
    code = f"U+{ord(character):04X} "
    logging.warning("No font on this machine has '%s'; labels show %s.", character, code.strip())
    return SHIPPED[0], code


@cache
def _font(name: str, size: int) -> ImageFont.FreeTypeFont | None:
    shipped = FOLDER / name
    try:
        return ImageFont.truetype(str(shipped) if name in SHIPPED else name, size)
    except OSError:
        return None


@cache
def _has(name: str, character: str) -> bool:
    """Whether the font draws something of its own for `character`."""
    font = _font(name, PROBE)
    if font is None:
        return False
    drawn, missing = _glyph(font, character), _glyph(font, NO_CHARACTER)
    return drawn != missing and (any(drawn) or unicodedata.category(character) in INVISIBLE)


def _glyph(font: ImageFont.FreeTypeFont, character: str) -> bytes:
    image = Image.new("L", (3 * PROBE, 3 * PROBE))
    ImageDraw.Draw(image).text((PROBE, 2 * PROBE), character, 255, font, anchor="ls")
    return image.tobytes()
