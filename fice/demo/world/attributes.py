"""The nameable attributes of a figure, read off its factors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .arrays import CodeArray, FloatArray
from .factor_types import Factors, Look
from .palette import COLOUR_NAMES, nearest_colour, rgb_to_lab
from .patterns import PATTERN_NAMES

SLEEVES: tuple[str, ...] = ("sleeveless", "short", "long")
NECKLINES: tuple[str, ...] = ("round", "v", "turtleneck", "collar")
LOWERS: tuple[str, ...] = ("trousers", "skirt")
HAIR_LENGTHS: tuple[str, ...] = ("short", "long")

ATTRIBUTE_COLUMNS: dict[str, tuple[str, ...]] = {
    "colour": COLOUR_NAMES,
    "colour_margin": (),
    "second_colour": COLOUR_NAMES,
    "pattern": PATTERN_NAMES,
    "sleeve": SLEEVES,
    "neckline": NECKLINES,
    "dress": ("no", "yes"),
    "lower": LOWERS,
    "lower_colour": COLOUR_NAMES,
    "hair": HAIR_LENGTHS,
}
"""Columns of the int8 code table in order, with the words that the codes index.

A code of -1 means ambiguous or absent. `colour_margin` has no words: it is the margin in Lab
units, rounded and limited to 127.
"""

_CLEAR = 0.75
_CLEAR_PLATEAU = 0.9
_COLOUR_MARGIN = 3.0
_PATTERN_CONTRAST = 30.0
"""Lab units between the two colours of a pattern that one can be sure to see."""
_SHORT_HAIR, _LONG_HAIR = 0.38, 0.58


@dataclass(frozen=True)
class Attributes:
    """What can be said of a figure; None where a blend is ambiguous or a thing is not there."""

    colour: str | None
    colour_margin: float
    """How clearly the colour has its name: Lab units to the second best."""
    second_colour: str | None
    """None for plain garments."""
    pattern: str | None
    sleeve: str | None
    neckline: str | None
    dress: bool | None
    lower: str | None
    """Trousers or skirt; None below a dress."""
    lower_colour: str | None
    hair: str | None

    @staticmethod
    def of(factors: Factors) -> Attributes:
        """Reads the attributes of a figure."""
        garment, look = factors.garment, factors.look
        name, margin = nearest_colour(look.garment_rgb)
        pattern = _pattern(look)
        has_second = pattern is not None and pattern != "solid"
        dress = _yes_no(float(garment.dress[0]))
        skirt = _yes_no(float(garment.skirt[0]))
        lower = None if dress is not False or skirt is None else LOWERS[int(skirt)]
        length = float(factors.body.hair[0])
        return Attributes(
            colour=name if margin >= _COLOUR_MARGIN else None,
            colour_margin=margin,
            second_colour=_colour_name(look.second_rgb) if has_second else None,
            pattern=pattern,
            sleeve=_clear(SLEEVES, garment.sleeve_weights, _CLEAR_PLATEAU),
            neckline=_clear(NECKLINES, garment.neckline_weights, _CLEAR),
            dress=dress,
            lower=lower,
            lower_colour=_colour_name(look.lower_rgb) if lower is not None else None,
            hair="short" if length < _SHORT_HAIR else "long" if length > _LONG_HAIR else None,
        )

    def codes(self) -> CodeArray:
        """The attributes as int8 [len(ATTRIBUTE_COLUMNS)]."""
        row = [
            _code(COLOUR_NAMES, self.colour),
            min(round(self.colour_margin), 127),
            _code(COLOUR_NAMES, self.second_colour),
            _code(PATTERN_NAMES, self.pattern),
            _code(SLEEVES, self.sleeve),
            _code(NECKLINES, self.neckline),
            -1 if self.dress is None else int(self.dress),
            _code(LOWERS, self.lower),
            _code(COLOUR_NAMES, self.lower_colour),
            _code(HAIR_LENGTHS, self.hair),
        ]
        return np.array(row, np.int8)

    @staticmethod
    def from_codes(codes: CodeArray) -> Attributes:
        """Rebuilds attributes from a row of the code table."""
        colour, margin, second, pattern, sleeve, neckline, dress, lower, lower_colour, hair = (
            int(c) for c in codes
        )
        return Attributes(
            colour=_word(COLOUR_NAMES, colour),
            colour_margin=float(margin),
            second_colour=_word(COLOUR_NAMES, second),
            pattern=_word(PATTERN_NAMES, pattern),
            sleeve=_word(SLEEVES, sleeve),
            neckline=_word(NECKLINES, neckline),
            dress=None if dress < 0 else bool(dress),
            lower=_word(LOWERS, lower),
            lower_colour=_word(COLOUR_NAMES, lower_colour),
            hair=_word(HAIR_LENGTHS, hair),
        )


def _clear(words: tuple[str, ...], weights: FloatArray, least: float) -> str | None:
    index = int(np.argmax(weights))
    return words[index] if float(weights[index]) >= least else None


def _pattern(look: Look) -> str | None:
    # A faint pattern still shows: a plain garment must be plainer than a pattern must be strong.
    least = _CLEAR_PLATEAU if int(np.argmax(look.pattern_weights)) == 0 else _CLEAR
    name = _clear(PATTERN_NAMES, look.pattern_weights, least)
    if name is None or name == "solid":
        return name
    difference = rgb_to_lab(look.garment_rgb) - rgb_to_lab(look.second_rgb)
    return name if float(np.linalg.norm(difference)) >= _PATTERN_CONTRAST else None


def _yes_no(share: float) -> bool | None:
    if 1.0 - _CLEAR_PLATEAU < share < _CLEAR_PLATEAU:
        return None
    return share >= 0.5


def _colour_name(rgb: FloatArray) -> str | None:
    name, margin = nearest_colour(rgb)
    return name if margin >= _COLOUR_MARGIN else None


def _code(words: tuple[str, ...], word: str | None) -> int:
    return -1 if word is None else words.index(word)


def _word(words: tuple[str, ...], code: int) -> str | None:
    return None if code < 0 else words[code]
